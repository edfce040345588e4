/** What a finished run must leave behind. */
import { kindOf } from './canonical.ts';
import type { Expectation, Leg, Memory, OracleSetup, Truth } from './contract.ts';
import { creation } from './creation.ts';
import { type Definitions, definitionsOf } from './definitions.ts';
import { isDegraded } from './degraded.ts';
import { figuresOf } from './figures.ts';
import { countVerdicts, creationVerdict } from './guards.ts';
import { accountsOf, identities } from './identity.ts';
import { LegRun } from './leg-run.ts';
import { pullPlan, pushPlan } from './legs.ts';
import { mappedType, mappingOf, typeBefore } from './mapping.ts';
import { match } from './match.ts';
import { recall } from './memory.ts';
import { peopleOf } from './people.ts';
import { isMetadata, metadataKey, pushType } from './push-definitions.ts';
import { localDay, startOfDay, type Windows, windowsAt } from './zone.ts';

/** Computes the whole expectation from the truth before the run. Memory: what earlier runs left, if any. */
export function expect(before: Truth, setup: OracleSetup, memory?: Memory): Expectation {
  const config = setup.syncConfig;
  const people = peopleOf(before, setup);
  const windows = windowsAt(setup.asOf, setup.pendo.zone, config.window);
  const recalled = recall(memory, before, setup);
  const definitions = definitionsOf(before, setup, recalled);
  const numeric = definitions.join !== undefined && kindOf(definitions.join) === 'number';
  const matched = match(people, setup, numeric);
  const pull = pullPlan(definitions, setup);
  const push = pushPlan(definitions, figuresOf(before, people, setup));
  const types = typesOf(definitions, setup);
  const rows = setup.pendo.activity === 'pagesAndFeatures' ? 'pages and features' : 'all';
  const definitionsMark = JSON.stringify([[...types], definitions.stopped, rows]);

  const expectation: Expectation = {
    object: setup.object,
    status: 'succeeded',
    scope: setup.delta && mirrorStands(recalled, setup, definitionsMark) ? 'delta' : 'full',
    heldLegs: [],
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
    types,
    definitionsMark,
    recalled,
    accounts: accountsOf(before),
    identities: identities(before, setup),
    confirmed: [],
    uncleared: [],
    readBack: false,
  };
  const reason = pauseReason(before, setup, windows, definitions, recalled);
  if (reason !== undefined) return { ...expectation, status: 'paused', reason };

  const context = { truth: before, setup, people, matched, memory: recalled };
  const runs = [
    ...(config.pull.length > 0 ? [new LegRun(pull, context)] : []),
    ...(config.push.length > 0 ? [new LegRun(push, context)] : []),
  ];
  if (setup.unfinishedRead) {
    for (const run of runs) {
      run.reachNobody();
      expectation[run.plan.leg] = run.expectation();
    }
    return { ...expectation, status: 'failed', reason: 'a side was not read to the end' };
  }
  if (!setup.dryRun) expectation.definitions = definitions.expected;

  for (const run of runs) run.compare();
  const creations = new Map(
    runs.map(({ plan, rules }) => [
      plan.leg,
      creation(plan.target, definitions.join!, { people, matched, setup, memory: recalled, rules }),
    ]),
  );
  expectation.guards = [
    ...runs.flatMap((run) => run.guardVerdicts()),
    ...[...creations].flatMap(([leg, { planned }]) => creationVerdict(leg, planned.size, recalled?.baseline, setup)),
    ...(expectation.scope === 'full' ? countVerdicts(matched, recalled?.baseline, setup) : []),
  ];
  const held = new Set<Leg>(expectation.guards.filter((it) => it.held).flatMap((it) => it.legs));
  for (const leg of setup.approved ?? []) held.delete(leg);

  for (const run of runs) {
    const { leg } = run.plan;
    if (held.has(leg)) {
      run.hold();
      expectation.heldLegs.push(leg);
    } else run.deliver(creations.get(leg)!);
    expectation[leg] = run.expectation();
    expectation.writes.push(...run.writes);
    expectation.creates.push(...run.creates);
    expectation.confirmed.push(...run.confirmed);
    expectation.uncleared.push(...run.uncleared);
    expectation.readBack ||= run.readBack;
  }
  if (expectation.heldLegs.length > 0) expectation.status = 'held';
  else if (isDegraded(expectation)) expectation.status = 'degraded';
  return expectation;
}

/** A delta builds on a full run with the present mapping and definitions, and after which none has begun to read. */
function mirrorStands(memory: Memory | undefined, setup: OracleSetup, definitionsMark: string): boolean {
  const { baseline, mirrorStands = false } = memory ?? {};
  return mirrorStands && baseline?.mapping === mappingOf(setup) && baseline.definitions === definitionsMark;
}

function typesOf(definitions: Definitions, setup: OracleSetup): Expectation['types'] {
  const types = new Map(definitions.pull.map((it) => [it.mapping.property, mappedType(it.definition)]));
  if (definitions.join) types.set(setup.syncConfig.joinKey.property, mappedType(definitions.join));
  for (const { mapping, kind } of definitions.push)
    if (isMetadata(mapping)) types.set(metadataKey(mapping), pushType(kind));
  return types;
}

/** What needs a person, and stops the run before it delivers anything. */
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
  const { zone, apps, schema } = truth.subscription;
  const inSchema = (app: number): boolean => apps.length <= 1 && `auto__${Math.abs(app)}` in schema[setup.object];
  const unknown = setup.syncConfig.apps?.find((app) => !apps.some(({ id }) => id === app) && !inSchema(app));
  if (unknown !== undefined) return `Pendo has no app ${unknown}`;
  const bySegment = definitions.push.some(({ mapping }) => !('metric' in mapping) && mapping.source === 'segment');
  if (bySegment && setup.object === 'account' && truth.switches.pendoSegmentAccounts === 'refused') {
    return 'Pendo takes segments of visitors only';
  }
  for (const at of [windows.t0, windows.current, windows.earlier]) {
    if (startOfDay(localDay(at, zone), zone) !== at)
      return `Pendo's days do not start as they do in ${setup.pendo.zone}`;
  }
  return undefined;
}
