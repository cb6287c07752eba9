// The signals that ask a program to end: Ctrl-C, kill, a terminal that closes, and the two that schedulers of clusters
// send before a time limit. Node would open its debugger on SIGUSR1.
import inspector from 'node:inspector';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;

/** Whether a debugger was asked for; else a signal has opened it before the program began. */
const debugging = (): boolean =>
  [...process.execArgv, process.env.NODE_OPTIONS ?? ''].some((option) =>
    option.includes('--inspect'),
  );

/** Calls a function at each of the signals, for one that has come already too. */
export function onSignals(act: () => void): void {
  for (const signal of signals) process.on(signal, act);
  if (inspector.url() === undefined || debugging()) return;
  inspector.close();
  act();
}

/** Leaves the signals to the parent process, which gets them too and decides when this process ends. */
export const leaveSignalsToParent = (): void => onSignals(() => {});
