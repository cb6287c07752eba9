// Configs given as values instead of a file, as command lines give them.
import { checkConfig, type Form, type Origin, type Raw } from './file.js';
import { type ResolvedModel, resolveModel } from './model.js';
import type { Given } from './subject.js';

/** A kind of config: its form, and filling in every default. */
export interface ConfigKind<Config> {
  readonly form: Form;
  resolve(given: Given, model: ResolvedModel, origin: Origin): Config;
}

/** Fills in every default of a checked config, that of its model first. */
export async function resolveChecked<Config>(
  kind: Pick<ConfigKind<Config>, 'resolve'>,
  value: Raw,
  origin: Origin,
): Promise<Config> {
  const given = value as unknown as Given;
  return kind.resolve(given, await resolveModel(given.model), origin);
}

/**
 * Fills in a config given as values, with changes laid over it.
 * @param place names the option that gave a field, for messages
 * Throws a UserError of one line for the first mistake.
 */
export async function resolveValues<Config>(
  kind: ConfigKind<Config>,
  given: Raw,
  changes: readonly string[],
  place: Origin['place'],
): Promise<Config> {
  const { value, origin } = checkConfig(() => kind.form, given, changes, place);
  return resolveChecked(kind, value, origin);
}
