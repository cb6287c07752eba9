// Drawings of the ten classes of CIFAR-10: small scenes in SVG, 32 by 32 units, from a source of random numbers.
const draws = (random) => ({
  between: (low, high) => low + (high - low) * random.uniform(),
  pick: (items) => items[random.below(items.length)],
});
const hsl = (h, s, l) => `hsl(${h.toFixed(0)} ${s.toFixed(0)}% ${l.toFixed(0)}%)`;
const shape = (d, fill, more = '') => `<path d="${d}" fill="${fill}" ${more}/>`;
const ellipse = (cx, cy, rx, ry, fill, more = '') =>
  `<ellipse cx="${cx}" cy="${cy}" rx="${rx}" ry="${ry}" fill="${fill}" ${more}/>`;
const rect = (x, y, w, h, fill, more = '') =>
  `<rect x="${x}" y="${y}" width="${w}" height="${h}" fill="${fill}" ${more}/>`;
const line = (x1, y1, x2, y2, stroke, width) =>
  `<path d="M${x1} ${y1}L${x2} ${y2}" stroke="${stroke}" stroke-width="${width}" stroke-linecap="round"/>`;

function ground(top, bottom, id = 'g') {
  return `<linearGradient id="${id}" x2="0" y2="1"><stop stop-color="${top}"/><stop offset="1" stop-color="${bottom}"/></linearGradient><rect x="-9" y="-9" width="50" height="50" fill="url(#${id})"/>`;
}
function sky({ between }, clouds = true) {
  const h = between(200, 215),
    l = between(60, 80);
  let s = ground(hsl(h, between(40, 70), l - 8), hsl(h, between(30, 55), l + 12));
  if (clouds)
    for (let i = 0; i < 3; i++)
      s += ellipse(
        between(0, 32),
        between(0, 32),
        between(5, 10),
        between(1, 2.5),
        'white',
        `opacity="${between(0.1, 0.45).toFixed(2)}"`,
      );
  return s;
}
const grass = ({ between }) => {
  const h = between(75, 110);
  return ground(hsl(h, between(25, 45), between(35, 50)), hsl(h, between(30, 50), between(25, 40)));
};
const indoor = ({ between }) => {
  const h = between(15, 50);
  return ground(hsl(h, between(10, 35), between(50, 75)), hsl(h, between(15, 40), between(30, 55)));
};

export const drawings = {
  airplane(r) {
    const { between, pick } = draws(r);
    const c = hsl(between(200, 230), between(2, 12), between(78, 95)),
      dark = hsl(215, 12, between(38, 55));
    const stripe = hsl(pick([0, 215, 230]), 65, 42);
    return {
      ground: sky(draws(r)),
      tilt: between(-14, 8),
      flip: r.sign() > 0,
      body:
        shape(
          'M3 15.2C4 13.6 7 13 10 13L24 13L27.5 8.2L30 8.2L28.8 14.6C28.5 16.2 26 17 23 17L8 17.4C5 17.4 3 16.6 3 15.2Z',
          c,
        ) +
        shape(
          'M3.6 15.6L28.6 15.2C28 16.4 26 17 23 17L8 17.4C5.4 17.4 3.9 16.7 3.6 15.6Z',
          stripe,
          'opacity="0.75"',
        ) +
        shape('M13 15.5L18.6 15.5L25 23.8L22 23.8Z', dark) +
        shape('M14.6 13.2L18.4 13.2L22.6 8.8L20.6 8.8Z', dark, 'opacity="0.8"') +
        shape('M25 13.6L28.8 13.6L31 10.8L29 10.8Z', dark) +
        ellipse(16.4, 18.6, 2.2, 0.95, hsl(215, 8, 30)) +
        [8, 10, 12, 14, 16, 18, 20, 22]
          .map((x) => rect(x, 14, 0.8, 0.7, hsl(215, 30, 28)))
          .join('') +
        shape('M4 14.5L6.4 13.7L6.6 14.7L4 15Z', hsl(215, 40, 20)),
    };
  },
  automobile(r) {
    const { between, pick } = draws(r);
    const h = pick([0, 0, 5, 215, 225, 48]),
      c = hsl(h, between(65, 85), between(38, 48)),
      d = hsl(h, 70, 26);
    return {
      ground:
        ground(
          hsl(between(190, 215), between(5, 25), between(62, 80)),
          hsl(30, between(2, 10), between(55, 70)),
        ) + rect(-9, between(18, 20), 50, 30, hsl(220, 4, between(38, 52))),
      tilt: between(-2, 2),
      flip: r.sign() > 0,
      body:
        ellipse(16, 25.4, 14, 1.6, 'black', 'opacity="0.45"') +
        shape(
          'M2.4 19.5C2.6 17 4 16.2 8 15.6L11 11.2C11.6 10.3 12.4 10 13.6 10L20 10C21.4 10 22.3 10.4 23 11.2L26.4 15.4C29 16 30 17 30 19.5L30 22.4L2.2 22.4Z',
          c,
        ) +
        shape(
          'M10 15.4L12.3 11.8C12.6 11.3 13 11.1 13.8 11.1L15.8 11.1L15.8 15.4Z',
          hsl(205, 30, 28),
        ) +
        shape(
          'M17 11.1L19.8 11.1C20.8 11.1 21.4 11.4 21.9 12L24.4 15.4L17 15.4Z',
          hsl(205, 30, 33),
        ) +
        rect(2.2, 20.8, 28, 1.8, d) +
        ellipse(8.4, 22.4, 3.2, 3.2, hsl(0, 0, 9)) +
        ellipse(23.8, 22.4, 3.2, 3.2, hsl(0, 0, 9)) +
        ellipse(8.4, 22.4, 1.6, 1.6, hsl(0, 0, 70)) +
        ellipse(23.8, 22.4, 1.6, 1.6, hsl(0, 0, 70)) +
        rect(2.2, 17.6, 1.8, 1.6, hsl(48, 90, 82)) +
        rect(28.6, 17.6, 1.4, 1.6, hsl(0, 85, 40)) +
        rect(6, 16.6, 19, 0.6, 'white', 'opacity="0.35"'),
    };
  },
  bird(r) {
    const { between, pick } = draws(r);
    const h = pick([25, 30, 35, 210, 15]),
      c = hsl(h, between(25, 55), between(30, 45)),
      light = hsl(h + 8, 35, between(68, 80));
    return {
      ground:
        r.sign() > 0 ? grass(draws(r)) : ground(hsl(between(70, 110), 18, 62), hsl(90, 20, 50)),
      tilt: between(-10, 10),
      flip: r.sign() > 0,
      body:
        line(3, 25.6, 29, between(25.4, 26.6), hsl(28, 35, 26), 1.8) +
        line(15.5, 22, 14.8, 25.4, hsl(25, 50, 30), 0.7) +
        line(18, 22, 17.6, 25.4, hsl(25, 50, 30), 0.7) +
        shape('M21 17L31 21.6L29.8 23.4L19 21Z', hsl(h, 30, 24)) +
        ellipse(16.6, 17, 6.6, 5.2, c, 'transform="rotate(22 16.6 17)"') +
        ellipse(14.4, 19, 4.2, 3.4, light, 'transform="rotate(25 14.4 19)"') +
        ellipse(11, 11, 3.6, 3.4, c) +
        shape('M7.9 10.4L4.2 11.8L8 12.4Z', hsl(38, 80, 45)) +
        ellipse(9.9, 10.4, 0.75, 0.75, 'black') +
        ellipse(9.7, 10.2, 0.25, 0.25, 'white') +
        shape('M15 14.6C19 13.6 24 17 26 20.6C22 21.4 17 20.6 15 14.6Z', hsl(h, 32, 22)),
    };
  },
  cat(r) {
    const { between, pick } = draws(r);
    const h = pick([28, 32, 35, 0]),
      sat = h === 0 ? 0 : between(18, 45),
      l = between(40, 58),
      c = hsl(h, sat, l),
      d = hsl(h, sat, l - 20),
      light = hsl(h, sat * 0.6, l + 26);
    return {
      ground: indoor(draws(r)),
      tilt: between(-6, 6),
      flip: r.sign() > 0,
      body:
        ellipse(16, 30, 10.5, 9, c) +
        ellipse(16, 30, 5.5, 7, light) +
        shape('M7.2 12L6.4 2.6L13.4 7.4Z', c) +
        shape('M24.8 12L25.6 2.6L18.6 7.4Z', c) +
        shape('M8.2 9.4L7.6 4.8L11.4 7.4Z', hsl(8, 40, 62)) +
        shape('M23.8 9.4L24.4 4.8L20.6 7.4Z', hsl(8, 40, 62)) +
        ellipse(16, 14, 9.8, 8.4, c) +
        [12.4, 16, 19.6].map((x) => line(x, 6.2, 16 + (x - 16) * 0.6, 9.4, d, 1)).join('') +
        line(6.6, 13.5, 9.6, 14.4, d, 0.8) +
        line(25.4, 13.5, 22.4, 14.4, d, 0.8) +
        ellipse(16, 18.2, 4.6, 3.4, light) +
        ellipse(11.8, 13, 2, 1.9, hsl(pick([70, 95, 48]), 55, 52)) +
        ellipse(20.2, 13, 2, 1.9, hsl(75, 55, 52)) +
        ellipse(11.8, 13, 0.75, 1.8, 'black') +
        ellipse(20.2, 13, 0.75, 1.8, 'black') +
        shape('M14.8 16.4L17.2 16.4L16 17.8Z', hsl(5, 45, 50)) +
        shape(
          'M16 17.8C15.6 19.4 14 19.6 13.2 19M16 17.8C16.4 19.4 18 19.6 18.8 19',
          'none',
          `stroke="${d}" stroke-width="0.6"`,
        ) +
        [
          [-1, 0],
          [1, 0],
        ]
          .map(
            ([s]) =>
              line(16 + s * 4, 18.2, 16 + s * 12, 17, 'white', 0.3) +
              line(16 + s * 4, 18.8, 16 + s * 12, 20, 'white', 0.3),
          )
          .join(''),
    };
  },
  deer(r) {
    const { between } = draws(r);
    const h = between(22, 32),
      c = hsl(h, between(35, 50), between(34, 44)),
      d = hsl(h, 40, 22),
      light = hsl(h + 5, 35, 70);
    return {
      ground:
        grass(draws(r)) +
        (r.sign() > 0 ? rect(-9, -9, 50, between(16, 20), hsl(110, 28, 22), 'opacity="0.75"') : ''),
      tilt: between(-3, 3),
      flip: r.sign() > 0,
      body:
        [13.2, 15.2, 23, 25]
          .map((x, i) => line(x, 20, x + (i % 2 ? 0.6 : -0.6), 29, i % 2 ? c : d, 1.5))
          .join('') +
        ellipse(19, 18.4, 7.6, 4, c) +
        ellipse(19, 20.6, 6, 1.6, light) +
        shape('M12 19.5L8.4 11L12 9.6L16.4 15.4Z', c) +
        ellipse(9, 9.8, 2.5, 1.9, c, 'transform="rotate(25 9 9.8)"') +
        ellipse(6.4, 11, 1.9, 1.1, c, 'transform="rotate(20 6.4 11)"') +
        ellipse(5, 11.4, 0.6, 0.5, 'black') +
        ellipse(12, 8, 1.9, 0.8, c, 'transform="rotate(-30 12 8)"') +
        ellipse(8.4, 9.4, 0.45, 0.45, 'black') +
        shape('M26 16L28 15.2L27.2 19.4Z', light) +
        shape(
          'M9.6 8.2C8.6 5.6 9 3.4 6.4 1.6M9.2 5.4L6 5M10.2 8C11.2 5.4 12.4 4 15.4 2.2M11.6 5.2L14.8 6',
          'none',
          `stroke="${hsl(35, 30, 30)}" stroke-width="0.9" stroke-linecap="round"`,
        ),
    };
  },
  dog(r) {
    const { between, pick } = draws(r);
    const h = pick([25, 30, 35]),
      l = between(38, 62),
      c = hsl(h, between(30, 55), l),
      d = hsl(h, 40, l - 20),
      light = hsl(h + 5, 30, Math.min(l + 28, 92));
    return {
      ground: r.sign() > 0 ? grass(draws(r)) : indoor(draws(r)),
      tilt: between(-6, 6),
      flip: r.sign() > 0,
      body:
        ellipse(16, 30.5, 10, 8.5, c) +
        ellipse(16, 30, 4.6, 6.4, light) +
        ellipse(16, 13.4, 8.2, 8, c) +
        ellipse(7.8, 14.4, 2.8, 6.4, d, 'transform="rotate(12 7.8 14.4)"') +
        ellipse(24.2, 14.4, 2.8, 6.4, d, 'transform="rotate(-12 24.2 14.4)"') +
        shape('M14.6 6L17.4 6L18.2 14L13.8 14Z', light, 'opacity="0.8"') +
        ellipse(16, 18, 4.8, 4.4, light) +
        ellipse(16, 16, 2.1, 1.5, hsl(0, 0, 8)) +
        ellipse(12.4, 12, 1.2, 1.3, hsl(20, 40, 10)) +
        ellipse(19.6, 12, 1.2, 1.3, hsl(20, 40, 10)) +
        ellipse(12, 11.6, 0.35, 0.35, 'white') +
        ellipse(19.2, 11.6, 0.35, 0.35, 'white') +
        shape(
          'M16 17.4L16 19.4M16 19.4C14.8 20.8 13.2 20.4 12.6 19.4M16 19.4C17.2 20.8 18.8 20.4 19.4 19.4',
          'none',
          'stroke="#222" stroke-width="0.6"',
        ) +
        ellipse(16, 21.6, 1.5, 1.9, hsl(355, 60, 60)),
    };
  },
  frog(r) {
    const { between, pick } = draws(r);
    const h = pick([75, 85, 95, 60, 40]),
      c = hsl(h, between(35, 60), between(30, 42)),
      d = hsl(h, 45, 20),
      light = hsl(h - 15, 40, 68);
    return {
      ground: ground(
        hsl(between(20, 45), between(15, 30), between(40, 60)),
        hsl(30, 25, between(25, 42)),
      ),
      tilt: between(-8, 8),
      flip: r.sign() > 0,
      body:
        ellipse(16, 26.4, 13, 2, 'black', 'opacity="0.35"') +
        ellipse(7, 21.6, 4.6, 3.6, c) +
        ellipse(25, 21.6, 4.6, 3.6, c) +
        ellipse(16, 19.4, 9.4, 7, c) +
        ellipse(16, 23, 6.6, 3.4, light) +
        ellipse(10.6, 11.8, 3.1, 2.9, c) +
        ellipse(21.4, 11.8, 3.1, 2.9, c) +
        ellipse(10.4, 11.6, 1.9, 1.8, hsl(48, 80, 52)) +
        ellipse(21.6, 11.6, 1.9, 1.8, hsl(48, 80, 52)) +
        ellipse(10.4, 11.6, 1, 1.2, 'black') +
        ellipse(21.6, 11.6, 1, 1.2, 'black') +
        shape('M7.6 18.4C11 21.4 21 21.4 24.4 18.4', 'none', `stroke="${d}" stroke-width="0.8"`) +
        Array.from({ length: 9 }, () =>
          ellipse(
            between(9, 23),
            between(13.5, 18),
            between(0.5, 1.1),
            between(0.4, 0.9),
            d,
            'opacity="0.7"',
          ),
        ).join('') +
        shape('M3 26.4L8 23.4L10.4 26.6Z', c) +
        shape('M29 26.4L24 23.4L21.6 26.6Z', c) +
        shape('M11.4 26.8L12.6 22.6L14.4 26.8Z', d) +
        shape('M20.6 26.8L19.4 22.6L17.6 26.8Z', d),
    };
  },
  horse(r) {
    const { between } = draws(r);
    const h = between(14, 26),
      c = hsl(h, between(40, 60), between(24, 36)),
      d = hsl(h, 35, 12);
    return {
      ground:
        (r.sign() > 0 ? sky(draws(r), false) : ground(hsl(100, 22, 40), hsl(95, 25, 50))) +
        rect(-9, between(17, 21), 50, 30, hsl(between(75, 105), between(28, 45), between(38, 50))),
      tilt: between(-3, 3),
      flip: r.sign() > 0,
      body:
        [11.4, 13.8, 22.8, 25.2]
          .map((x, i) =>
            shape(
              `M${x - 1.1} 19L${x + 1.1} 19L${x + 0.6 + (i % 2 ? 0.6 : -0.6)} 28.8L${x - 0.8 + (i % 2 ? 0.6 : -0.6)} 28.8Z`,
              i % 2 ? c : d,
            ),
          )
          .join('') +
        ellipse(18.2, 17, 8.6, 4.6, c) +
        shape('M9.6 19L6.4 9.6L8.8 6.2L12.6 7.8L17.4 13.6Z', c) +
        shape('M7.6 6.2L10.2 7.6L7.6 11.2L3.4 14.4L1.8 13L3.4 9.8Z', c) +
        shape('M8.8 7L8.6 3.6L10.6 6.4Z', c) +
        shape('M9.6 5L11.4 6.6L14.6 10L17.6 13.4L15 13.8L11.4 10L9.4 7Z', d) +
        ellipse(6.4, 8.8, 0.55, 0.55, 'black') +
        shape('M26 14.4C29.4 15 29.4 20 28 24.4C26.6 21 26.8 18 25.4 16.4Z', d) +
        ellipse(2.8, 12.9, 0.5, 0.4, 'black'),
    };
  },
  ship(r) {
    const { between, pick } = draws(r);
    const hull = hsl(pick([0, 215, 220, 10]), between(40, 65), between(22, 36)),
      sea = between(200, 215),
      level = between(20.5, 22);
    return {
      ground: sky(draws(r)) + rect(-9, level, 50, 30, hsl(sea, between(30, 50), between(28, 42))),
      tilt: between(-1.5, 1.5),
      flip: r.sign() > 0,
      body:
        shape('M2 17L30.6 16L27.6 23.4L5 23.4Z', hull) +
        shape('M3.4 21L28.6 20.8L27.6 23.4L5 23.4Z', hsl(5, 60, 34)) +
        rect(7, 12.6, 16, 4, hsl(40, 8, 90)) +
        rect(9.6, 9.4, 10, 3.4, hsl(40, 8, 84)) +
        rect(12, 5, 3, 4.6, hsl(pick([0, 30, 215]), 60, 42)) +
        rect(12, 5, 3, 1.2, hsl(0, 0, 15)) +
        rect(17, 6.4, 0.7, 3.4, hsl(0, 0, 40)) +
        [8, 10, 12, 14, 16, 18, 20].map((x) => rect(x, 13.8, 1, 1.1, hsl(210, 30, 30))).join('') +
        [11, 13, 15, 17].map((x) => rect(x, 10.5, 1, 1, hsl(210, 30, 30))).join('') +
        line(25.6, 16.4, 26.8, 9, hsl(0, 0, 40), 0.6) +
        rect(-9, 23, 50, 20, hsl(sea, 38, 34)) +
        Array.from({ length: 7 }, () =>
          line(
            between(0, 30),
            between(24, 31),
            between(2, 32),
            between(24, 31),
            'white',
            0.3,
          ).replace('stroke=', 'opacity="0.25" stroke='),
        ).join('') +
        ellipse(16, 23.2, 14, 0.7, 'white', 'opacity="0.6"'),
    };
  },
  truck(r) {
    const { between, pick } = draws(r);
    const h = pick([0, 215, 30, 120]),
      cab = hsl(h, between(55, 80), between(36, 46)),
      box = hsl(pick([0, 210, 40]), between(2, 10), between(78, 93));
    return {
      ground:
        ground(hsl(between(195, 215), between(15, 40), between(66, 82)), hsl(200, 12, 78)) +
        rect(-9, between(20, 22), 50, 30, hsl(30, 4, between(40, 55))),
      tilt: between(-2, 2),
      flip: r.sign() > 0,
      body:
        ellipse(16, 27, 15, 1.4, 'black', 'opacity="0.45"') +
        rect(10.4, 5, 20.4, 16.6, box) +
        rect(10.4, 5, 20.4, 1, hsl(0, 0, 60)) +
        rect(10.4, 19.6, 20.4, 2, hsl(0, 0, 45)) +
        [14.4, 18.4, 22.4, 26.4].map((x) => rect(x, 6, 0.35, 13.6, hsl(0, 0, 62))).join('') +
        shape(
          'M1.4 22.4L1.4 15.6C2 14.6 3 12 3.6 10.6C3.9 9.9 4.4 9.6 5.2 9.6L9.8 9.6L9.8 22.4Z',
          cab,
        ) +
        shape('M2.8 14.8L4.6 11.2L8.2 11.2L8.2 14.8Z', hsl(205, 35, 26)) +
        rect(1.2, 21.2, 29.6, 1.8, hsl(0, 0, 18)) +
        rect(1.2, 17.8, 1.2, 1.6, hsl(48, 90, 80)) +
        [6, 20.6, 26.2]
          .map(
            (x) =>
              ellipse(x, 23.8, 2.8, 2.8, hsl(0, 0, 8)) + ellipse(x, 23.8, 1.2, 1.2, hsl(0, 0, 62)),
          )
          .join(''),
    };
  },
};

export const classes = [
  'airplane',
  'automobile',
  'bird',
  'cat',
  'deer',
  'dog',
  'frog',
  'horse',
  'ship',
  'truck',
];

/** A scene as SVG. */
export function scene(name, random) {
  const { between } = draws(random);
  const { ground, body, tilt, flip } = drawings[name](random);
  const size = between(0.9, 1.05),
    dx = between(-1.2, 1.2),
    dy = between(-1, 1);
  const pose = `translate(${(16 + dx).toFixed(2)} ${(16 + dy).toFixed(2)}) rotate(${tilt.toFixed(1)}) scale(${((flip ? -1 : 1) * size).toFixed(3)} ${size.toFixed(3)}) translate(-16 -16)`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="128" height="128" viewBox="0 0 32 32">${ground}<g transform="${pose}">${body}</g></svg>`;
}
