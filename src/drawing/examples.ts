// What panels show: an image with its maps under several methods, and what an attack made of an image and its map.
import { pictureOf } from '../data/picture.js';
import type { MethodItem } from '../tasks/attack/config.js';
import type { ExplainedPicture } from '../tasks/attack/kept/again.js';
import type { Attacked } from '../tasks/attack/kept/read.js';
import type { ResultRow } from '../tasks/attack/results.js';
import { CLIPPED_AT, colourMapOf, drawnMap } from './colours.js';
import { drawnDifference, gainOf } from './difference.js';
import type { PanelRow, Tile } from './panel.js';

interface Size {
  readonly height: number;
  readonly width: number;
}

/** What is said once below all rows. */
export const clipping = `maps: dark is 0, brightest the ${CLIPPED_AT}th percentile of each map and above`;

/** A part of one as text: 93.1 %. */
export const percent = (part: number | undefined): string =>
  part === undefined ? '' : `${(100 * part).toFixed(1)} %`;

const imageTile = (title: string, image: Float32Array, { height, width }: Size): Tile => ({
  title,
  picture: pictureOf(image, height, width),
});

/** A map as a tile; nothing where there is none. */
const mapTiles = (
  title: string,
  map: Float32Array | undefined,
  item: MethodItem,
  { height, width }: Size,
  region?: Float32Array,
): Tile[] =>
  map === undefined
    ? []
    : [
        {
          title,
          picture: drawnMap(map, height, width, colourMapOf(item)),
          ...(region === undefined ? {} : { outline: { mask: region, height, width } }),
        },
      ];

/** An image beside its maps, each under the id of its method. */
export const explanationRow = (picture: ExplainedPicture): PanelRow => {
  const { image, maps, className, confidence } = picture;
  const without = maps.filter(({ map }) => map === undefined).map(({ item }) => item.id);
  return {
    tiles: [
      { ...imageTile('image', image, picture), note: `${className} ${percent(confidence)}` },
      ...maps.flatMap(({ item, map }) => mapTiles(item.id, map, item, picture)),
    ],
    caption: without.length === 0 ? [] : [`no map, since it is zero: ${without.join(', ')}`],
  };
};

/** The metrics a caption gives: column, words, digits behind the point. */
const captioned = [
  ['topk_intersection', 'top-k intersection', 3],
  ['spearman', 'Spearman', 3],
  ['kendall', 'Kendall', 3],
  ['center_shift', 'centre shift', 2],
  ['ssim', 'SSIM', 3],
  ['pcc', 'PCC', 3],
  ['region_share', 'saliency in the region before', 3],
  ['region_share_perturbed', 'and after', 3],
  ['target_pcc', 'PCC with target', 3],
  ['target_ssim', 'SSIM with target', 3],
  ['image_ssim', 'SSIM of the images', 3],
  ['output_change', 'output change', 3],
] as const satisfies readonly (readonly [keyof ResultRow, string, number])[];

/** The metrics of a row in words. */
export const metricsOf = (row: ResultRow): string[] =>
  captioned.flatMap(([column, words, digits]) => {
    const value = row[column];
    return value === undefined
      ? []
      : [`${words} ${value.toFixed(digits)}${column === 'center_shift' ? ' px' : ''}`];
  });

/** What a row is of: method, attack and ε, and where there is one the rule by which the iterate was chosen. */
export const headingOf = ({ method, attack, epsilon, select, best_iteration }: ResultRow): string =>
  [
    `${method} under ${attack}${epsilon === undefined ? '' : `, ε ${epsilon}`}`,
    select === undefined || select === '' ? '' : `, kept by ${select}`,
    select && best_iteration !== undefined ? `, iterate ${best_iteration}` : '',
  ].join('');

/** Original, its map, perturbed, its map, what changed, and the target where there is one. */
export function attackRow(attacked: Attacked): PanelRow {
  const { row, method, clean, perturbed, region, target, className } = attacked;
  const says = (confidence: number | undefined) => `${className} ${percent(confidence)}`;
  const original: Tile[] = [
    { ...imageTile('original', clean.image, attacked), note: says(row.confidence) },
    ...mapTiles('its map', clean.map, method, attacked, region),
  ];
  const goal = mapTiles('target', target, method, attacked);
  if (perturbed === undefined)
    return {
      heading: headingOf(row),
      tiles: [...original, ...goal],
      caption: [
        row.status === 'no-map'
          ? 'no map, since it is zero'
          : 'label lost: no iterate kept the class',
      ],
    };
  const gain = gainOf(clean.image, perturbed.image);
  const { height, width } = attacked;
  return {
    heading: headingOf(row),
    tiles: [
      ...original,
      {
        ...imageTile('perturbed', perturbed.image, attacked),
        note: says(row.confidence_perturbed),
      },
      ...mapTiles('its map', perturbed.map, method, attacked, region),
      {
        title: `difference × ${gain}`,
        picture: drawnDifference(clean.image, perturbed.image, height, width, gain),
      },
      ...goal,
    ],
    caption: metricsOf(row),
  };
}
