// Which class of an image is explained: a field of configs of explanations and attacks. Whatever it is, an attack keeps the
// class that the network predicts.
import { z } from 'zod';
import type { Origin } from './file.js';
import type { ResolvedModel } from './model.js';

/** Words for classes that depend on the image. */
const words = ['predicted', 'label', 'runner-up'] as const;
export type TargetWord = (typeof words)[number];

/**
 * The class that is explained: the predicted one, the image's label, the one with the second largest score; a number; or
 * a name.
 */
export type Target = number | string;

export const targetForm = z
  .union([z.int().min(0), z.string().min(1)], {
    error: `expected ${words.join(', ')}, the number of a class or its name`,
  })
  .optional();

/** Whether a target depends on the image. */
export const isWord = (target: Target): target is TargetWord =>
  (words as readonly Target[]).includes(target);

/**
 * The field of a resolved config; none for the predicted class, as if it were not given.
 * Throws a UserError for a number that is no class of the model.
 */
export function resolveTarget(
  given: Target | undefined,
  { model }: ResolvedModel,
  origin: Origin,
): { readonly target?: Target } {
  if (given === undefined || given === 'predicted') return {};
  if (typeof given === 'number' && given >= model.classes)
    throw origin.mistake(['target'], `${given}, expected 0 to ${model.classes - 1}`);
  return { target: given };
}
