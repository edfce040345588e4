/** What a finished run must leave behind. */
import type { Expectation, Leg, LegExpectation, Memory, OracleSetup, Truth } from './contract.ts';
import { creation } from './creation.ts';
import { type Definitions, definitionsOf, mappedType, typeBefore } from './definitions.ts';
import { figuresOf } from './figures.ts';
import { compareShare, countVerdicts } from './guards.ts';
import { LegRun } from './leg-run.ts';
import { pullPlan, pushPlan } from './legs.ts';
import { match } from './match.ts';
import { peopleOf } from './people.ts';
import { localDay, startOfDay, type Windows, windowsAt } from './zone.ts';

/** Computes the whole expectation from the truth before the run. Memory: what earlier runs left, if any. */
export function expect(before: Truth, setup: OracleSetup, memory?: Memory): Expectation {
  const config = setup.syncConfig;
  const people = peopleOf(before, setup);
  const windows = windowsAt(setup.asOf, setup.pendo.zone, config.window);
  const definitions = definitionsOf(before, setup, memory);
  const matched = match(people, setup);
  const pull = pullPlan(definitions, setup);
  const push = pushPlan(definitions, figuresOf(before, people, setup, windows));

  const expectation: Expectation = {
    object: setup.object,
    status: 'succeeded',
    asOf: setup.asOf,
    match: matched,
    guards: [],
    writes: [],
    creates: [],
    definitions: [],
    setup,
    owned: {
      hubspot: push.fields.map(({ field, source, kind }) => ({ field, source, kind })),
      pendo: pull.fields.map(({ field, source, kind }) => ({ field, source, kind })),
    },
    types: typesOf(definitions, setup),
  };
  const reason = pauseReason(before, setup, windows, definitions, memory);
  if (reason !== undefined) return { ...expectation, status: 'paused', reason };
  if (setup.unfinishedRead) return { ...expectation, status: 'failed', reason: 'a side was not read to the end' };
  if (!setup.dryRun) expectation.definitions = definitions.expected;

  const context = { truth: before, setup, people, matched, memory };
  const runs = [
    ...(config.pull.length > 0 ? [new LegRun(pull, context)] : []),
    ...(config.push.length > 0 ? [new LegRun(push, context)] : []),
  ];
  for (const run of runs) run.compare();
  expectation.guards = [
    ...runs.flatMap((run) => run.guardVerdicts()),
    ...countVerdicts(matched, memory?.baseline, setup),
  ];
  const held = new Set<Leg>(expectation.guards.filter((it) => it.held).flatMap((it) => it.legs));
  for (const leg of setup.approved ?? []) held.delete(leg);

  for (const run of runs) {
    if (held.has(run.plan.leg)) run.hold();
    else run.deliver(creation(run.plan.taker, people, matched, setup, definitions.join!));
    expectation[run.plan.leg] = run.expectation();
    expectation.writes.push(...run.writes);
    expectation.creates.push(...run.creates);
  }
  const legs = runs.map((run) => expectation[run.plan.leg]!);
  if (runs.some((run) => held.has(run.plan.leg))) expectation.status = 'held';
  else if (isDegraded(legs, expectation, config.degraded)) expectation.status = 'degraded';
  return expectation;
}

function typesOf(definitions: Definitions, setup: OracleSetup): Expectation['types'] {
  const types = new Map(definitions.pull.map((it) => [it.mapping.property, mappedType(it.definition)]));
  if (definitions.join) types.set(setup.syncConfig.joinKey.property, mappedType(definitions.join));
  return types;
}

/** What only a person can mend, and stops the run before it delivers anything. */
function pauseReason(
  truth: Truth,
  setup: OracleSetup,
  windows: Windows,
  definitions: Definitions,
  memory: Memory | undefined,
): string | undefined {
  const property = setup.syncConfig.joinKey.property;
  if (!definitions.join) return `the join property ${property} is gone`;
  const earlier = typeBefore(memory, setup, property);
  if (earlier !== undefined && earlier !== mappedType(definitions.join)) {
    return `the join property ${property} has another type`;
  }
  const { zone } = truth.subscription;
  for (const at of [windows.t0, windows.current, windows.earlier]) {
    if (startOfDay(localDay(at, zone), zone) !== at)
      return `Pendo's days do not start as they do in ${setup.pendo.zone}`;
  }
  return undefined;
}

function isDegraded(
  legs: LegExpectation[],
  { writes, creates }: Expectation,
  limits: { share: number; rows: number },
): boolean {
  const rejected = legs.reduce((sum, leg) => sum + leg.counts.rejected, 0);
  const rows = writes.length + creates.length;
  return rejected > 0 && (rejected >= limits.rows || compareShare(rejected, limits.share, rows) >= 0);
}
