/// <reference lib="dom" />
// The script of a report in a browser: it replaces the drawn charts by live ones, shows the values under the pointer,
// and hides and shows series by the legend. The source of the function is written into the page, so it uses nothing
// from outside itself.

/** The part of Vega that a page uses. */
interface VegaInPage {
  parse(spec: object): unknown;
  View: new (
    runtime: unknown,
    options: { renderer: 'svg'; container: Element; hover: boolean },
  ) => {
    tooltip(handler: (_: unknown, event: MouseEvent, __: unknown, value: unknown) => void): unknown;
    signal(name: string, value: unknown): { runAsync(): Promise<unknown> };
    runAsync(): Promise<unknown>;
  };
}

/**
 * Brings a page to life.
 * @param charts the charts of each figure, as Vega has them, by the figure's id
 * @param hidden the signal that holds the names of series not drawn
 */
export function client(
  vega: VegaInPage,
  charts: Readonly<Record<string, readonly object[]>>,
  hidden: string,
): void {
  const tip = document.createElement('div');
  tip.id = 'tip';
  tip.hidden = true;
  document.body.append(tip);
  const show = (event: MouseEvent, value: unknown) => {
    tip.hidden = typeof value !== 'object' || value === null;
    if (tip.hidden) return;
    const table = document.createElement('table');
    for (const [term, text] of Object.entries(value as object)) {
      const row = table.insertRow();
      row.insertCell().textContent = term;
      row.insertCell().textContent = String(text);
    }
    tip.replaceChildren(table);
    const left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8);
    const below = event.clientY + 14;
    const top = below + tip.offsetHeight > innerHeight ? below - tip.offsetHeight - 28 : below;
    tip.style.left = `${Math.max(4, left)}px`;
    tip.style.top = `${Math.max(4, top)}px`;
  };
  addEventListener('scroll', () => {
    tip.hidden = true;
  });

  for (const [id, specs] of Object.entries(charts)) {
    const figure = document.getElementById(id)!;
    const places = [...figure.querySelectorAll('.chart')];
    const views = specs.map((spec, i) => {
      const container = places[i]!;
      container.replaceChildren();
      const view = new vega.View(vega.parse(spec), { renderer: 'svg', container, hover: true });
      view.tooltip((_, event, __, value) => show(event, value));
      view.runAsync();
      return view;
    });
    const buttons = [...figure.querySelectorAll<HTMLButtonElement>('.legend button')];
    for (const button of buttons)
      button.addEventListener('click', () => {
        button.setAttribute('aria-pressed', String(button.ariaPressed === 'false'));
        const off = buttons.filter((b) => b.ariaPressed === 'false').map((b) => b.dataset.series);
        for (const view of views) view.signal(hidden, off).runAsync();
      });
  }
}
