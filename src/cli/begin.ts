// The first moments of the program, before anything large is loaded: from here on signals end it in order, and errors
// that no command can catch are told as all others are.
import { ofWriting } from '../errors.js';
import { watchSignals } from './interrupt.js';
import { tellFailure } from './say.js';

/** Takes over signals, errors of the standard streams, and errors that nobody caught. */
export function begin(): void {
  watchSignals();
  process.on('uncaughtException', (error) => process.exit(tellFailure(error)));
  // work goes on whatever becomes of what it prints
  process.stderr.on('error', () => {});
  let told = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // a reader that has seen enough, such as head, is no fault
    if (told || error.code === 'EPIPE') return;
    told = true;
    process.exitCode ||= tellFailure(ofWriting('stdout', error));
  });
}
