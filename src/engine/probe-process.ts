// The process in which an engine is tried: it opens one, checks it and tells the parent.
import { messageOf } from '../errors.js';
import { leaveSignalsToParent } from '../signals.js';
import type { Probed, Question } from './probe.js';

async function answer({ choice, milliseconds }: Question): Promise<Probed> {
  try {
    const { openEngine } = await import('./choose.js');
    const { selfCheck, TOLERANCE } = await import('./self-check.js');
    const engine = await openEngine(choice, { threads: 1 });
    const { device, version } = engine;
    const check = await selfCheck(engine, milliseconds);
    // written so that NaN is not usable
    if (!(check.error <= TOLERANCE))
      return {
        usable: false,
        why: `it computes a second derivative with an error of ${check.error.toExponential(1)}, expected at most ${TOLERANCE}`,
      };
    return { usable: true, device, version, ...check };
  } catch (error) {
    return { usable: false, why: messageOf(error) };
  }
}

leaveSignalsToParent();
process.once('message', async (question: Question) => {
  process.send!(await answer(question));
});
process.on('disconnect', () => process.exit(0));
