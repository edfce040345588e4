/// <reference lib="dom" />
/** Draws in a browser, with Observable Plot, and keeps what it shows. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { smallPng } from '../../demo/pictures/small-png.ts';
import { findChromium } from '../../infra/find-chromium.ts';
import type { Panel } from './dashboard.ts';
import type { TraceRow } from './trace-rows.ts';

export interface Drawn {
  panels: readonly Panel[];
  trace: { runId: string; rows: readonly TraceRow[] };
}

const script = (name: string): string => path.resolve('node_modules', name);

export async function draw(folder: string, { panels, trace }: Drawn): Promise<void> {
  const browser = await chromium.launch({
    executablePath: findChromium(process.env.PATH ?? '', process.env.CHROMIUM_PATH),
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme: 'light' });
    await page.setContent('<!doctype html><body><main></main></body>');
    await page.addStyleTag({
      content: `body { font: 13px system-ui, sans-serif; margin: 16px; color: #1f2328; background: #fff }
        h1 { font-size: 18px; margin: 0 0 12px } h2 { font-size: 13px; margin: 0 0 4px }
        main.panels { display: grid; grid-template-columns: repeat(3, 1fr); gap: 12px }
        section { border: 1px solid #d0d7de; border-radius: 6px; padding: 8px; min-width: 0 }
        .none { color: #656d76; height: 150px; display: grid; place-items: center }`,
    });
    await page.addScriptTag({ path: script('d3/dist/d3.min.js') });
    await page.addScriptTag({ path: script('@observablehq/plot/dist/plot.umd.min.js') });
    await page.evaluate(drawPanels, [...panels]);
    await writeFile(path.join(folder, 'dashboard.png'), smallPng(await page.screenshot({ fullPage: true })));
    await page.evaluate(drawTrace, { runId: trace.runId, rows: [...trace.rows] });
    await writeFile(path.join(folder, 'trace.png'), smallPng(await page.screenshot({ fullPage: true })));
  } finally {
    await browser.close();
  }
}

/** In the page. */
function drawPanels(panels: Panel[]): void {
  const { Plot } = globalThis as unknown as { Plot: typeof import('@observablehq/plot') };
  const units: Record<string, string> = { s: 'seconds', bytes: 'MiB', percentunit: 'share' };
  const main = document.querySelector('main') as HTMLElement;
  main.className = 'panels';
  for (const { title, unit, points } of panels) {
    const section = main.appendChild(document.createElement('section'));
    section.appendChild(document.createElement('h2')).textContent = title;
    if (points.length === 0) {
      const none = section.appendChild(document.createElement('div'));
      none.className = 'none';
      none.textContent = 'Nothing in this time';
      continue;
    }
    const scaled = unit === 'bytes' ? points.map((one) => ({ ...one, value: one.value / 2 ** 20 })) : points;
    section.append(
      Plot.plot({
        width: 385,
        height: 170,
        marginLeft: 44,
        x: { type: 'utc', label: null, ticks: 4 },
        y: { grid: true, zero: true, label: units[unit] ?? null, ticks: 4 },
        color: { legend: true },
        marks: [Plot.lineY(scaled, { x: 'at', y: 'value', stroke: 'series', strokeWidth: 1.5 })],
      }),
    );
  }
}

/** In the page, in place of what was there. */
function drawTrace({ runId, rows }: { runId: string; rows: TraceRow[] }): void {
  const { Plot } = globalThis as unknown as { Plot: typeof import('@observablehq/plot') };
  const main = document.querySelector('main') as HTMLElement;
  main.replaceChildren();
  main.className = '';
  main.appendChild(document.createElement('h1')).textContent = `Trace of run ${runId}`;
  const bars = rows.flatMap(({ label, kind, bars: some }, row) => some.map((bar) => ({ ...bar, kind, row, label })));
  main.append(
    Plot.plot({
      width: 1248,
      height: 40 + rows.length * 20,
      marginLeft: 330,
      x: { label: 'ms since the run was asked for', grid: true },
      y: { type: 'band', domain: rows.map((_, row) => row), axis: null },
      color: { legend: true, domain: ['workflow', 'vendor', 'database', 'other'] },
      marks: [
        Plot.barX(bars, { x1: 'from', x2: 'to', y: 'row', fill: 'kind', insetTop: 3, insetBottom: 3 }),
        Plot.text(rows, {
          x: 0,
          y: (_: TraceRow, row: number) => row,
          text: 'label',
          textAnchor: 'start',
          dx: -322,
        }),
      ],
    }),
  );
}
