// Tells how far a run is: one bar with rate and time left on a terminal, a plain line now and then elsewhere.
import { Presets, SingleBar } from 'cli-progress';

export interface Progress {
  /** More work done, in steps; `note` tells how it goes, beside the rate. */
  advance(steps: number, note?: string): void;
  stop(): void;
}

const silent: Progress = { advance() {}, stop() {} };

const clock = (seconds: number): string => {
  if (!Number.isFinite(seconds)) return '?';
  const s = Math.round(seconds);
  const [h, m] = [Math.floor(s / 3600), Math.floor((s % 3600) / 60)];
  return h > 0 ? `${h} h ${m} min` : m > 0 ? `${m} min ${s % 60} s` : `${s} s`;
};

/** Seconds between plain lines. */
const PLAIN_INTERVAL = 10;

/**
 * Starts reporting on stderr.
 * @param unit what a step is called, in the plural
 */
export function startProgress(
  total: number,
  unit: string,
  { quiet }: { quiet: boolean },
): Progress {
  if (quiet) return silent;
  const started = performance.now();
  let done = 0;
  let going = '';
  const advance = (steps: number, note?: string) => {
    // work that was done twice counts once
    done = Math.min(done + steps, total);
    if (note !== undefined) going = `${note}, `;
  };
  const figures = () => {
    const seconds = (performance.now() - started) / 1000;
    const rate = seconds > 0 ? done / seconds : 0;
    return {
      rate: `${going}${Number(rate.toPrecision(3))} ${unit}/s`,
      left: clock(done === total ? 0 : (total - done) / rate),
    };
  };

  if (process.stderr.isTTY) {
    const bar = new SingleBar(
      {
        format: `{bar} {percentage} % | {value}/{total} ${unit} | {rate} | {left} left`,
        stream: process.stderr,
        hideCursor: true,
      },
      Presets.shades_classic,
    );
    bar.start(total, 0, figures());
    return {
      advance: (steps, note) => {
        advance(steps, note);
        bar.update(done, figures());
      },
      stop: () => bar.stop(),
    };
  }
  const line = () => {
    const { rate, left } = figures();
    process.stderr.write(`${done}/${total} ${unit}, ${rate}, ${left} left\n`);
  };
  const timer = setInterval(line, PLAIN_INTERVAL * 1000);
  timer.unref();
  return {
    advance,
    stop() {
      clearInterval(timer);
      line();
    },
  };
}
