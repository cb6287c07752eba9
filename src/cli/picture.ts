// Shared by the commands on one picture: the config made of their options, and the names of files.
import path from 'node:path';
import { checkConfig, type Path } from '../config/file.js';
import { type ConfigKind, resolveChecked } from '../config/values.js';
import { UserError } from '../errors.js';
import { withBeta } from '../subject/auto-beta.js';

export interface PictureOptions {
  readonly model: string;
  readonly method: readonly string[];
  /** The class that is explained: a word, a number or a name. */
  readonly target?: string;
  readonly set?: readonly string[];
  readonly data?: string;
}

/** Fields of a config by the options that give them. */
const options: Readonly<Record<string, string>> = {
  explain: '--method',
  data: 'the picture',
  epsilon: '--epsilon',
};

/**
 * The option of a field: by its own name, such as the bound of one attack, or by the name of the outermost field around
 * it.
 */
const optionOf = (path: Path): string =>
  options[String(path.at(-1))] ?? options[String(path[0])] ?? `--${path[0]}`;

/**
 * The config of a command on one picture.
 * @param rest fields beside the picture, the model and the methods
 * Throws a UserError that names the option at fault.
 */
export async function configOfPicture<Config>(
  kind: ConfigKind<Config>,
  picture: string,
  { model, method, set = [], data }: PictureOptions,
  rest: Readonly<Record<string, unknown>> = {},
): Promise<Config> {
  const given = {
    name: 'picture',
    model,
    data: { name: 'picture', path: picture, correct: false },
    explain: method,
    // one image gains nothing from a batch
    engine: { name: 'auto', batch: 1 },
    ...rest,
  };
  const { value, origin } = checkConfig(() => kind.form, given, set, optionOf);
  return resolveChecked(kind, await withBeta(value, origin, data), origin);
}

/** The field of the class that is explained, if an option gives it. */
export const targetOf = ({ target }: Pick<PictureOptions, 'target'>) =>
  target === undefined ? {} : { target: /^\d+$/.test(target) ? Number(target) : target };

/** A picture's name without its folder and ending. */
export const stemOf = (picture: string): string => path.parse(picture).name;

/** Throws a UserError for an option that is an empty name. */
export function checkOut(out: string | undefined, expected: string): void {
  if (out === '') throw new UserError(`--out: expected ${expected}`);
}
