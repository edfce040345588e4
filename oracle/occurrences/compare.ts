/** What the portal has taken against what it must have: after one run, and at rest after any number of them. */
import type { RawEventDefinition, RawOccurrence } from '../../sandbox/contract.ts';
import type { Expectation, Truth } from '../contract.ts';
import { addDays } from '../zone.ts';
import type {
  ExpectedEventDefinition,
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

/**
 * Exactly what was expected came while the run went on, each once, and its definitions are there.
 * @param beside of other runs between the two truths: what they add to definitions is theirs
 */
export function compareOccurrences(
  after: OccurrenceTruth,
  before: OccurrenceTruth,
  expectation: OccurrenceExpectation,
  beside: readonly OccurrenceExpectation[] = [],
): OccurrenceFinding[] {
  const came = after.occurrences.slice(before.occurrences.length);
  const ownNames = new Set(expectation.setup.events.map(({ name }) => `pe${after.portal.portalId}_${name}`));
  const own = came.filter(({ eventName }) => ownNames.has(eventName));
  return [
    ...expectation.definitions.flatMap((one) => compareDefinition(after, one)),
    ...compareUnchanged(
      after,
      before,
      [expectation, ...beside].flatMap(({ definitions }) => definitions),
    ),
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

const definitionFault = (what: string, expected: unknown, actual: unknown): OccurrenceFinding[] =>
  JSON.stringify(expected) === JSON.stringify(actual) ? [] : [{ kind: 'definition', what, expected, actual }];

type Property = RawEventDefinition['properties'][number];

/** It is there, with the properties that are chosen; one that the run made is as it must be throughout. */
function compareDefinition(after: Truth, wanted: ExpectedEventDefinition): OccurrenceFinding[] {
  const { name, label, primaryObject, properties, chosen, existed } = wanted;
  const held = after.portal.eventDefinitions.find((it) => it.name === name && !it.archived);
  if (held === undefined) return definitionFault(name, 'a definition', undefined);
  const typeOf = (property: string): string | undefined => held.properties.find((it) => it.name === property)?.type;
  const added = chosen.flatMap((one) => definitionFault(`${name}.${one.name}`, 'string', typeOf(one.name)));
  if (existed) return added;
  const labelOf = (property: string): string | undefined => held.properties.find((it) => it.name === property)?.label;
  const names = [...properties, ...chosen].map((one) => one.name);
  return [
    ...added,
    ...definitionFault(`${name} label`, label, held.label),
    ...definitionFault(`${name} primaryObject`, primaryObject, held.primaryObject),
    ...properties.flatMap((one) => definitionFault(`${name}.${one.name}`, one.type, typeOf(one.name))),
    ...chosen.flatMap((one) => definitionFault(`${name}.${one.name} label`, one.label, labelOf(one.name))),
    ...definitionFault(`${name} properties`, names.sort(), held.properties.map((one) => one.name).sort()),
  ];
}

/** Of what was there nothing has changed, but for chosen properties that it lacked. */
function compareUnchanged(after: Truth, before: Truth, definitions: ExpectedEventDefinition[]): OccurrenceFinding[] {
  const inOrder = (properties: Property[]): Property[] => properties.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return before.portal.eventDefinitions.flatMap((was) => {
    const ours = was.archived ? undefined : definitions.find(({ name }) => name === was.name);
    if (was.archived && definitions.some(({ name, existed }) => name === was.name && !existed)) return [];
    const lacked = (ours?.chosen ?? []).filter(({ name }) => !was.properties.some((one) => one.name === name));
    const added = lacked.map(({ name, label }): Property => ({ name, label, type: 'string' }));
    const is = after.portal.eventDefinitions.find((it) => it.fullyQualifiedName === was.fullyQualifiedName);
    return definitionFault(
      was.name,
      { ...was, properties: inOrder([...was.properties, ...added]) },
      is && { ...is, properties: inOrder(is.properties) },
    );
  });
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
