// An image and its map, before and after an attack, as a row of a panel, and the metrics in words.
import { drawnDifference, gainOf } from '../../drawing/difference.js';
import { imageTile, mapTiles, percent } from '../../drawing/explanations.js';
import type { PanelRow, Tile } from '../../drawing/panel.js';
import type { Attacked } from './kept/read.js';
import { captions } from './metrics.js';
import type { ResultRow } from './results.js';

/** The metrics of a row in words. */
export const metricsInWords = (row: ResultRow): string[] =>
  captions.flatMap(([name, words, digits, unit]) => {
    const value = row[name];
    return value === undefined
      ? []
      : [`${words} ${value.toFixed(digits)}${unit === undefined ? '' : ` ${unit}`}`];
  });

/** The heading of a row: method, attack and ε, and the selection rule and the kept iterate if there is a rule. */
export const headingOf = ({
  method,
  attack,
  epsilon,
  select,
  best_iteration,
  explained,
}: ResultRow): string =>
  [
    `${method}${explained === undefined ? '' : ` for class ${explained}`}`,
    ` under ${attack}${epsilon === undefined ? '' : `, ε ${epsilon}`}`,
    select === undefined || select === '' ? '' : `, kept by ${select}`,
    select && best_iteration !== undefined ? `, iterate ${best_iteration}` : '',
  ].join('');

/** Original, its map, perturbed image, its map, their difference, and the target map if there is one. */
export function attackRow(attacked: Attacked): PanelRow {
  const { row, method, height, width, clean, perturbed, target, className } = attacked;
  const says = (confidence: number | undefined) => `${className} ${percent(confidence)}`;
  const original: Tile[] = [
    { ...imageTile('original', clean.image, attacked), note: says(row.confidence) },
    ...mapTiles('its map', clean.map, method, attacked),
  ];
  const goal = mapTiles('target', target, method, { height, width });
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
  return {
    heading: headingOf(row),
    tiles: [
      ...original,
      {
        ...imageTile('perturbed', perturbed.image, attacked),
        note: says(row.confidence_perturbed),
      },
      ...mapTiles('its map', perturbed.map, method, attacked),
      {
        title: `difference × ${gain}`,
        picture: drawnDifference(clean.image, perturbed.image, height, width, gain),
      },
      ...goal,
    ],
    caption: metricsInWords(row),
  };
}
