// The page as a browser shows it; skipped where there is none. CHROMIUM names one that is not on the path.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { report } from './report.js';
import {
  writeAnglesRun,
  writeAttackRun,
  writeInfluenceRun,
  writeMatchRun,
  writeTraining,
} from './testing/runs.js';

const onPath = (process.env.PATH ?? '')
  .split(path.delimiter)
  .flatMap((folder) =>
    ['chromium', 'chromium-browser', 'google-chrome'].map((n) => path.join(folder, n)),
  );
const executable = [process.env.CHROMIUM ?? '', ...onPath].find((file) => file && existsSync(file));
if (executable === undefined)
  process.stderr.write('skipped, no browser: reports as a page (set CHROMIUM to a Chromium)\n');

describe.skipIf(executable === undefined)('a report in a browser', () => {
  let browser: Browser;
  let folder: string;
  const at = (...parts: string[]) => path.join(folder, ...parts);

  beforeAll(async () => {
    // where the program runs as root Chromium's own sandbox cannot
    browser = await chromium.launch({ executablePath: executable!, args: ['--no-sandbox'] });
    folder = await mkdtemp(path.join(tmpdir(), 'fragile-page-'));
    await writeAttackRun(at('runs', 'attack'));
    await writeMatchRun(at('runs', 'match'));
    await writeAnglesRun(at('runs', 'angles'));
    await writeInfluenceRun(at('runs', 'influence'));
    await writeTraining(at('runs', 'training'));
    await report([at('runs')], { out: at('page.html') });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true });
  });

  /** Opens the page of a run of each kind; gives it with everything it complained of or asked for. */
  async function opened(width: number, colorScheme: 'light' | 'dark' = 'light') {
    const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => requests.push(request.url()));
    const url = pathToFileURL(at('page.html')).href;
    await page.goto(url);
    await page.waitForFunction(
      "[...document.querySelectorAll('.chart')].every((c) => c.querySelector('.mark-symbol, .mark-rect'))",
    );
    return { page, complaints, outside: requests.filter((r) => r !== url && !/^data:/.test(r)) };
  }

  const marks = (page: Page) => page.locator('#attack-curves .mark-symbol path').count();

  it('complains of nothing, asks for nothing, and loads its pictures', async () => {
    const { page, complaints, outside } = await opened(1200);
    expect([complaints, outside]).toEqual([[], []]);
    const sizes = await page.evaluate(
      '[...document.images].map((i) => [i.complete, i.naturalWidth])',
    );
    expect(sizes).toEqual(Array(10).fill([true, 32]));
    await page.close();
  });

  it('takes a series away by the legend and brings it back', async () => {
    const { page } = await opened(1200);
    const before = await marks(page);
    const button = page.locator('#attack-curves .legend button', { hasText: 'top-k' });
    await button.click();
    await page.waitForFunction(
      `document.querySelectorAll('#attack-curves .mark-symbol path').length === ${before / 2}`,
    );
    expect(await button.getAttribute('aria-pressed')).toBe('false');
    await button.click();
    await page.waitForFunction(
      `document.querySelectorAll('#attack-curves .mark-symbol path').length === ${before}`,
    );
    await page.close();
  });

  it('says what is under the pointer', async () => {
    const { page } = await opened(1200);
    const mark = page.locator('#attack-curves .mark-symbol path').first();
    await mark.scrollIntoViewIfNeeded();
    // scrolling takes a hint away, and is told of in the next frame
    await page.evaluate(
      'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))',
    );
    await mark.hover();
    await page.locator('#tip:not([hidden])').waitFor();
    expect(await page.locator('#tip').innerText()).toMatch(/attack\s+random-sign/);
    await page.close();
  });

  it('fits a telephone, and is light on dark where the reader likes that', async () => {
    const { page } = await opened(375, 'dark');
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(375);
    const widest = await page.evaluate(
      "Math.max(...[...document.querySelectorAll('.chart, .tiles, dl, .legend, .scroll')].map((e) => e.getBoundingClientRect().right))",
    );
    expect(widest).toBeLessThanOrEqual(375);
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe(
      'rgb(23, 24, 26)',
    );
    const ink = "getComputedStyle(document.querySelector('.chart text')).fill";
    expect(await page.evaluate(ink)).toBe('rgb(232, 230, 227)');
    await page.close();
  });

  it('has a table of contents whose links lead somewhere', async () => {
    const { page } = await opened(1200);
    const hashes = "[...document.querySelectorAll('nav a')].map((a) => a.hash)";
    const links = (await page.evaluate(hashes)) as string[];
    expect(links).toEqual(['#angles', '#attack', '#influence', '#match', '#training']);
    for (const link of links) expect(await page.locator(link).count(), link).toBe(1);
    const all = "[...document.querySelectorAll('[id]')].map((e) => e.id)";
    const ids = (await page.evaluate(all)) as string[];
    expect(new Set(ids).size).toBe(ids.length);
    await page.close();
  });

  it('puts the charts of a row beside one another, on paper too', async () => {
    const { page } = await opened(1200);
    const rows = () =>
      page.evaluate(
        "new Set([...document.querySelectorAll('#attack-curves .chart')].map((c) => Math.round(c.getBoundingClientRect().top))).size",
      );
    expect(await rows()).toBe(1);
    await page.setViewportSize({ width: 720, height: 1000 });
    await page.emulateMedia({ media: 'print' });
    expect(await rows()).toBe(1);
    await page.close();
  });

  it('has its charts where scripts may not run', async () => {
    const { page } = await opened(1200);
    const context = await browser.newContext({ javaScriptEnabled: false });
    const still = await context.newPage();
    await still.goto(page.url());
    const charts = await still.locator('.chart svg').count();
    expect(charts).toBe(await page.locator('.chart').count());
    expect(charts).toBeGreaterThan(10);
    await context.close();
    await page.close();
  });
});
