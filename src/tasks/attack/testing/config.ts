// Configs of attacks for tests, given as values.
import { resolveValues } from '../../../config/values.js';
import { type AttackConfig, attackForm, resolveAttack } from '../config.js';

/** A config of attacks with every default filled in. */
export const attackConfig = (
  given: Readonly<Record<string, unknown>>,
  changes: readonly string[] = [],
): Promise<AttackConfig> =>
  resolveValues(
    { form: attackForm, resolve: resolveAttack },
    given,
    changes,
    ([field]) => `--${String(field)}`,
  );
