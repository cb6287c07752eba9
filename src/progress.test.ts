// What is told of a run's progress, with a clock that stands still between the lines.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startProgress } from './progress.js';

const terminal = Object.getOwnPropertyDescriptor(process.stderr, 'isTTY');
const setTerminal = (value: boolean) =>
  Object.defineProperty(process.stderr, 'isTTY', { value, configurable: true });

let told: string;
beforeEach(() => {
  told = '';
  vi.useFakeTimers({
    toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout', 'performance', 'Date'],
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    told += text;
    return true;
  });
  setTerminal(false);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  if (terminal === undefined) Reflect.deleteProperty(process.stderr, 'isTTY');
  else Object.defineProperty(process.stderr, 'isTTY', terminal);
});

const wait = (seconds: number) => vi.advanceTimersByTime(1000 * seconds);
const start = (total: number) => startProgress(total, 'steps', { quiet: false });

describe('progress that is no terminal’s', () => {
  it('is a plain line every ten seconds, and one at the end', () => {
    const progress = start(300);
    wait(9.9);
    expect(told).toBe('');
    progress.advance(60);
    progress.advance(40);
    wait(0.1);
    expect(told).toBe('100/300 steps, 10 steps/s, 20 s left\n');
    progress.advance(200);
    wait(2);
    progress.stop();
    expect(told.split('\n').slice(1)).toEqual(['300/300 steps, 25 steps/s, 0 s left', '']);
    wait(60);
    expect(told.split('\n')).toHaveLength(3);
  });

  it.each([
    [59.4, '59 s'],
    [59.6, '1 min 0 s'],
    [61, '1 min 1 s'],
    [3599.7, '1 h 0 min'],
    [9000, '2 h 30 min'],
  ])('says that %d seconds are %s', (seconds, said) => {
    const progress = start(seconds + 1);
    progress.advance(1);
    wait(1);
    progress.stop();
    expect(told).toContain(`, 1 steps/s, ${said} left\n`);
  });

  it.each([
    [1, 300, '0.00333'],
    [520, 10, '52'],
    [99996, 100, '1000'],
    [123456, 10, '12300'],
  ])('says three digits of the rate of %i steps in %i seconds: %s', (steps, seconds, said) => {
    const progress = start(1e6);
    progress.advance(steps);
    wait(seconds);
    progress.stop();
    expect(told).toContain(`, ${said} steps/s, `);
  });

  it('says before the rate what was last noted', () => {
    const progress = start(30);
    progress.advance(5, 'loss 2.3');
    progress.advance(5, 'loss 1.2');
    progress.advance(5);
    wait(10);
    expect(told).toBe('15/30 steps, loss 1.2, 1.5 steps/s, 10 s left\n');
    progress.stop();
  });

  it('counts work that is done again only up to the whole', () => {
    const progress = start(10);
    progress.advance(15);
    wait(1);
    progress.stop();
    expect(told).toBe('10/10 steps, 10 steps/s, 0 s left\n');
  });
});

describe.each([false, true])('progress, on a terminal: %s', (onTerminal) => {
  beforeEach(() => setTerminal(onTerminal));

  it.each([
    ['before the first step', 300, 0, 0],
    ['when nothing is done after a while', 300, 0, 5],
    ['when steps take no time', 300, 7, 0],
    ['when there is nothing to do', 0, 0, 0],
  ])('holds only finite numbers %s', (_, total, steps, seconds) => {
    const progress = start(total);
    wait(seconds);
    if (steps > 0) progress.advance(steps);
    progress.stop();
    expect(told).toContain(`${steps}/${total} steps`);
    expect(told).toContain(total === 0 ? '0 s left' : '? left');
    expect(told).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('says nothing when it is quiet', () => {
    const progress = startProgress(300, 'steps', { quiet: true });
    progress.advance(10);
    wait(60);
    progress.stop();
    expect(told).toBe('');
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('progress on a terminal', () => {
  it('is one bar with rate and time left', () => {
    setTerminal(true);
    const progress = start(300);
    wait(10);
    progress.advance(100);
    wait(1);
    progress.stop();
    expect(told).toContain('33 % | 100/300 steps | 10 steps/s | 20 s left');
    expect(vi.getTimerCount()).toBe(0);
  });
});
