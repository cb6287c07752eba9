// Images and their maps as tiles of panels.
import type { MethodItem } from '../config/methods.js';
import { pictureOf } from '../data/picture.js';
import type { ExplainedPicture } from '../subject/explain-picture.js';
import { CLIPPED_AT, colorMapOf, drawnMap } from './colors.js';
import type { PanelRow, Tile } from './panel.js';

interface Size {
  readonly height: number;
  readonly width: number;
}

/** The note below all rows. */
export const clipping = `maps: dark is 0, brightest the ${CLIPPED_AT}th percentile of each map and above`;

/** A fraction as a percentage: 93.1 %. */
export const percent = (part: number | undefined): string =>
  part === undefined ? '' : `${(100 * part).toFixed(1)} %`;

export const imageTile = (title: string, image: Float32Array, { height, width }: Size): Tile => ({
  title,
  picture: pictureOf(image, height, width),
});

/** A map as a list of one tile; an empty list if there is no map. */
export const mapTiles = (
  title: string,
  map: Float32Array | undefined,
  item: MethodItem,
  { height, width, region }: Size & { readonly region?: Float32Array | undefined },
): Tile[] =>
  map === undefined
    ? []
    : [
        {
          title,
          picture: drawnMap(map, height, width, colorMapOf(item)),
          ...(region === undefined ? {} : { outline: { mask: region, height, width } }),
        },
      ];

/** An image beside its maps, each under the id of its method. */
export const explanationRow = (picture: Omit<ExplainedPicture, 'explained' | 'top'>): PanelRow => {
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
