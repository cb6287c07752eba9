// The first moments of a worker process, before anything large is loaded: it leaves signals to the parent, and ends
// when the parent does.
import { leaveSignalsToParent } from '../../signals.js';

leaveSignalsToParent();
process.on('disconnect', () => process.exit(0));
// messages wait until main listens
await import('./main.js');
