/** What the portal has taken against what it must have: after one run, and at rest after any number of them. */
import type { RawOccurrence } from '../../sandbox/contract.ts';
import type { Expectation, Truth } from '../contract.ts';
import { addDays } from '../zone.ts';
import type {
  ExpectedOccurrence,
  OccurrenceExpectation,
  OccurrenceFinding,
  OccurrenceSetup,
  OccurrenceTruth,
} from './contract.ts';
import { lastDue } from './days.ts';
import { definitionOf, itemOf } from './entries.ts';
import { useByDay } from './use.ts';

const idProperty = 'pendo_occurrence_id';
const version5 = /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const textOf = (
  it: Pick<RawOccurrence, 'eventName' | 'objectType' | 'objectId' | 'occurredAt' | 'properties'>,
): string => {
  const { [idProperty]: _, ...properties } = it.properties;
  const sorted = Object.entries(properties).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([it.eventName, it.objectType, it.objectId, it.occurredAt, sorted]);
};

/** Exactly what was expected came while the run went on, each once, and its definitions are there. */
export function compareOccurrences(
  after: OccurrenceTruth,
  before: OccurrenceTruth,
  expectation: OccurrenceExpectation,
): OccurrenceFinding[] {
  const came = after.occurrences.slice(before.occurrences.length);
  const ownNames = new Set(expectation.setup.events.map(({ name }) => `pe${after.portal.portalId}_${name}`));
  const own = came.filter(({ eventName }) => ownNames.has(eventName));
  return [
    ...compareDefinitions(after, before, expectation),
    ...compareSets(own, expectation.setup.dryRun ? [] : expectation.sent),
    ...own.flatMap(identityFaults),
    ...doubledIds(after.occurrences),
  ];
}

function compareSets(came: RawOccurrence[], expected: ExpectedOccurrence[]): OccurrenceFinding[] {
  const open = Map.groupBy(expected, textOf);
  const findings: OccurrenceFinding[] = [];
  for (const one of came) {
    const text = textOf(one);
    const match = open.get(text)?.pop();
    if (match === undefined) findings.push({ kind: 'foreign', what: text, expected: undefined, actual: one });
  }
  for (const [text, rest] of open) {
    for (const one of rest) findings.push({ kind: 'missing', what: text, expected: one, actual: undefined });
  }
  return findings;
}

function identityFaults({ uuid, properties }: RawOccurrence): OccurrenceFinding[] {
  const id = properties[idProperty];
  if (uuid !== null && uuid === id && version5.test(uuid)) return [];
  return [{ kind: 'wrong', what: idProperty, expected: 'the uuid, of version 5', actual: { uuid, id } }];
}

/** Two occurrences with one identity are one that was sent twice. */
function doubledIds(all: RawOccurrence[]): OccurrenceFinding[] {
  const byId = Map.groupBy(all, ({ eventName, properties }) => `${eventName} ${properties[idProperty]}`);
  return [...byId.values()]
    .filter((same) => same.length > 1 && same[0]!.properties[idProperty] !== undefined)
    .map((same) => ({ kind: 'doubled', what: textOf(same[0]!), expected: 1, actual: same.length }));
}

function compareDefinitions(after: Truth, before: Truth, { definitions }: OccurrenceExpectation): OccurrenceFinding[] {
  const findings: OccurrenceFinding[] = [];
  const wrong = (what: string, expected: unknown, actual: unknown): void => {
    findings.push({ kind: 'definition', what, expected, actual });
  };
  for (const { name, label, primaryObject, properties, existed } of definitions) {
    const held = after.portal.eventDefinitions.find((it) => it.name === name && !it.archived);
    if (held === undefined) wrong(name, 'a definition', undefined);
    else if (!existed) {
      if (held.label !== label) wrong(`${name} label`, label, held.label);
      if (held.primaryObject !== primaryObject) wrong(`${name} primaryObject`, primaryObject, held.primaryObject);
      for (const { name: property, type } of properties) {
        const has = held.properties.find((it) => it.name === property)?.type;
        if (has !== type) wrong(`${name}.${property}`, type, has);
      }
    }
  }
  const madeAnew = new Set(definitions.filter(({ existed }) => !existed).map(({ name }) => name));
  for (const was of before.portal.eventDefinitions) {
    if (was.archived && madeAnew.has(was.name)) continue;
    const is = after.portal.eventDefinitions.find((it) => it.fullyQualifiedName === was.fullyQualifiedName);
    if (JSON.stringify(is) !== JSON.stringify(was)) wrong(was.name, was, is);
  }
  return findings;
}

/**
 * At rest after the last of any runs: of every pair, entry and due day from the entry's first day on, the occurrences add up to
 * Pendo's count, and none is there twice. For worlds whose pairs and items have stayed the same.
 * @param firstDays by item. @param mayMiss as many as answers that were lost for good
 */
export function judgeAtRest(
  truth: OccurrenceTruth,
  run: Pick<Expectation, 'match'>,
  setup: OccurrenceSetup,
  firstDays: ReadonlyMap<string, string>,
  mayMiss = 0,
): OccurrenceFinding[] {
  const use = useByDay(truth, setup);
  const taken = new Map<string, number>();
  for (const { eventName, objectId, properties } of truth.occurrences) {
    const key = JSON.stringify([eventName, objectId, properties.pendo_day]);
    taken.set(key, (taken.get(key) ?? 0) + Number(properties.pendo_count));
  }
  const missing: OccurrenceFinding[] = [];
  const findings: OccurrenceFinding[] = doubledIds(truth.occurrences);
  for (const entry of setup.events) {
    const definition = definitionOf(entry, truth, setup);
    const first = firstDays.get(itemOf(entry));
    if (typeof definition === 'string' || first === undefined) continue;
    for (let day = first; day <= lastDue(setup); day = addDays(day, 1)) {
      for (const [hubspotId, pendoId] of run.match.pairs) {
        const key = JSON.stringify([definition.fullyQualifiedName, hubspotId, day]);
        const [is, wanted] = [taken.get(key) ?? 0, use(itemOf(entry), pendoId, day)?.count ?? 0];
        if (is < wanted) missing.push({ kind: 'missing', what: key, expected: wanted, actual: is });
        if (is > wanted) findings.push({ kind: 'doubled', what: key, expected: wanted, actual: is });
      }
    }
  }
  return missing.length > mayMiss ? [...findings, ...missing] : findings;
}
