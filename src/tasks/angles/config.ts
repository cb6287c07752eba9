// A config of the angles between gradients and directions of largest curvature.
import { z } from 'zod';
import type { Form, Origin } from '../../config/file.js';
import { name, strict } from '../../config/forms.js';
import type { ResolvedModel } from '../../config/model.js';
import {
  closing,
  type Given,
  type ImageConfig,
  imageData,
  opening,
  resolveImages,
  subjectWords,
} from '../../config/subject.js';

export interface AnglesConfig extends ImageConfig {
  readonly task: 'angles';
}

export const anglesForm = {
  schema: strict({ name, task: z.literal('angles'), ...opening, data: imageData, ...closing }),
  words: subjectWords,
  lists: [],
} satisfies Form;

/** Fills in every default of a config. */
export const resolveAngles = (
  given: Given & { readonly data?: unknown },
  model: ResolvedModel,
  origin: Origin,
): AnglesConfig => ({ ...resolveImages(given, model, origin), task: 'angles' });
