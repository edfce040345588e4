/** The short campaign; `npm run chaos` runs longer ones. Its seeds are fixed, and any other may be tried in the same way. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { bulks } from '../../chaos/bulk-changes.ts';
import { planRound, victims } from '../../chaos/plan.ts';
import { planQuiet, quietNames } from '../../chaos/quiet/cases.ts';
import { emptyReport, hasPassed, type RoundReport, summarise } from '../../chaos/report.ts';
import { unproved } from '../../chaos/stage.ts';
import { plannedWorlds } from '../../chaos/tenants.ts';

const main = path.join(import.meta.dirname, '../../chaos/main.ts');
/** Two rounds of a seed each, 2001 and 2002. */
const seed = 2001;
const kills = 30;
const perRound = 15;

interface Figures {
  seed: number;
  kills: Record<(typeof victims)[number], number>;
  runs: number;
  records: number;
  resumeMs: { median: number | null };
}

describe('killed at random', () => {
  test('workers, API, Temporal and PostgreSQL: nothing lost, wrong or doubled, no write without need or out of turn', {
    timeout: 1_200_000,
  }, async () => {
    const child = spawn(
      process.execPath,
      [main, '--seed', `${seed}`, '--kills', `${kills}`, '--round', `${perRound}`, '--json'],
      {
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    const figures = JSON.parse(output.trimEnd().split('\n').at(-1) ?? '') as Figures;
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(figures).toMatchObject({
      seed,
      lost: 0,
      wrong: 0,
      doubled: 0,
      redundantWrites: 0,
      overlaps: 0,
      foreignWrites: 0,
    });
    expect(Object.values(figures.kills).reduce((sum, one) => sum + one)).toBeGreaterThanOrEqual(kills);
    expect(figures.runs).toBeGreaterThan(10);
    expect(figures.records).toBeGreaterThan(500);
    expect(output.match(/^seed \d+: passed/gm)).toHaveLength(kills / perRound);
    expect(output).toMatch(/ [1-9]\d* tokens renewed/);
    expect(output).toMatch(/ [1-9]\d* × \w+: held/);
    expect(output).toMatch(/ [1-9]\d* × delta succeeded/);
  });
});

describe('a campaign', () => {
  const options = { kills: 40, worlds: [{ objects: ['visitor'] }, { objects: ['account'] }] as const };

  test('is the same again with the same seed, and another with another', () => {
    expect(planRound({ seed: 7, ...options })).toEqual(planRound({ seed: 7, ...options }));
    expect(planRound({ seed: 8, ...options })).not.toEqual(planRound({ seed: 7, ...options }));
  });

  test('hits every victim in the long run, and as often as it was asked to', () => {
    const struck = planRound({ seed: 3, ...options }).flatMap(({ action }) =>
      action.kind === 'kill' ? [action.victim] : [],
    );
    expect(struck).toHaveLength(options.kills);
    expect(new Set(struck)).toEqual(new Set(victims));
  });

  test('meets every kind of action within fifteen kills, among them each guard, both swaps and records of both sides', () => {
    const planned = planRound({ seed: 5, kills: 15, worlds: plannedWorlds() }).map(({ action }) => action);
    const kinds = new Set<string>(planned.map(({ kind }) => kind));
    for (const kind of ['exchangeKeys', 'giveKey', 'renameInPendo', 'deleteField', 'swapJoinKey', 'fallDue']) {
      expect(kinds).toContain(kind);
    }
    const some = new Set(
      planned.map((action) =>
        action.kind === 'hold'
          ? action.bulk
          : action.kind === 'swapAccount'
            ? `to another ${action.vendor}`
            : action.kind === 'remakeRecord'
              ? `made anew in ${action.side}`
              : '',
      ),
    );
    for (const bulk of bulks) expect(some).toContain(bulk);
    for (const vendor of ['hubspot', 'pendo']) {
      expect(some).toContain(`to another ${vendor}`);
      expect(some).toContain(`made anew in ${vendor}`);
    }
  });

  test('tries every guarantee once more in each round when nothing disturbs it, on a sync that is good for it', () => {
    const syncs = new Set<string>();
    for (let seed = 1; seed <= 20; seed += 1) {
      const planned = planQuiet(seed);
      expect(planned.map(({ name }) => name).sort()).toEqual([...quietNames].sort());
      for (const { name, sync } of planned) {
        if (/^hold(Values|Records|Empty)/.test(name)) expect(sync.counted).toBe(true);
        if (name === 'holdCreations') expect(sync.create).not.toBe('none');
        if (name === 'recordMadeAnew') expect(sync.create).not.toBe('pendo');
        if (/^other(Portal|Subscription)$/.test(name)) expect(sync.alone).toBe(true);
        syncs.add(`${name} ${sync.world}`);
      }
      expect(planQuiet(seed)).toEqual(planned);
    }
    expect(syncs.size).toBeGreaterThan(2 * quietNames.length);
  });

  test('a case without a verdict is a finding where nothing disturbs it, and counted where something may', () => {
    const stage = { outcomes: new Map<string, number>(), findings: [], quiet: false };
    unproved(stage, 'chaos-0', 'values: no run came through');
    expect(stage).toMatchObject({ findings: [] });
    expect([...stage.outcomes]).toEqual([['values: no run came through', 1]]);
    unproved({ ...stage, quiet: true }, 'chaos-0', 'values: no run came through');
    expect(stage.findings).toEqual([{ what: 'unproved', world: 'chaos-0', detail: 'values: no run came through' }]);
  });

  test('passes only if every zero is a zero and every round came to its end', () => {
    const good: RoundReport = {
      ...emptyReport(1),
      kills: { worker: 2, api: 1, temporal: 0, postgres: 1 },
      actions: { hold: 2, edit: 5 },
      ...{ runs: 9, records: 90, repeats: 4, writes: 50, renewals: 6, compared: 8, altered: 1, seconds: 5 },
      resumeMs: [30, 10, 20],
    };
    expect(hasPassed(good)).toBe(true);
    for (const zero of ['lost', 'wrong', 'doubled', 'redundantWrites', 'overlaps', 'foreignWrites']) {
      expect(hasPassed({ ...good, [zero]: 1 })).toBe(false);
    }
    expect(hasPassed({ ...good, problems: ['a run did not end'] })).toBe(false);
    expect(summarise(1, [good, { ...good, resumeMs: [40] }])).toMatchObject({
      kills: { worker: 4, api: 2, temporal: 0, postgres: 2 },
      actions: { hold: 4, edit: 10 },
      runs: 18,
      resumeMs: { median: 20, p95: 40 },
    });
  });
});
