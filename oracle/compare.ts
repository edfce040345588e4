/** What is there against what must be there, value by value, on both sides. */
import { isDeepStrictEqual } from 'node:util';
import type { RawCrmRecord, RawPendoRecord } from '../sandbox/contract.ts';
import { canonical, read } from './canonical.ts';
import { compareDefinitions } from './compare-definitions.ts';
import type { Canonical, CanonicalKind, Expectation, Finding, Side, Truth } from './contract.ts';
import { crmType } from './mapping.ts';
import { taken } from './unfinished.ts';

/**
 * Every difference from the expectation. Given one expectation, looks at the two sides of its object; given a list, at the
 * whole world, where an object without an expectation must be untouched.
 */
export function compare(after: Truth, before: Truth, expected: Expectation | Expectation[]): Finding[] {
  if (!Array.isArray(expected)) return compareObject(after, before, expected.object, expected);
  return (['visitor', 'account'] as const).flatMap((object) =>
    compareObject(
      after,
      before,
      object,
      expected.find((it) => it.object === object),
    ),
  );
}

function compareObject(
  after: Truth,
  before: Truth,
  object: Expectation['object'],
  expectation: Expectation | undefined,
): Finding[] {
  const crm = crmType(object);
  const pendo = object === 'visitor' ? 'visitors' : 'accounts';
  const group = expectation?.setup.syncConfig.pendoGroup ?? 'custom';
  return [
    ...compareDefinitions(after, before, object, expectation),
    ...compareSide({
      side: 'hubspot',
      before: new Map(before[crm].map((record) => [record.id, crmCells(record)])),
      after: new Map(after[crm].map((record) => [record.id, crmCells(record)])),
      expectation,
      cell: (field) => field,
      isBookkeeping: (cell) => cell === 'lastmodifieddate' || cell === 'hs_lastmodifieddate',
      // HubSpot gives every new record these, a life-cycle stage among them.
      isSetByVendor: (cell) => /^(hs_.*|createdate|lastmodifieddate|lifecyclestage)$/.test(cell),
      joinProperty: expectation?.setup.syncConfig.joinKey.property,
    }),
    ...compareSide({
      side: 'pendo',
      before: new Map(before[pendo].map((record) => [record.id, pendoCells(record)])),
      after: new Map(after[pendo].map((record) => [record.id, pendoCells(record)])),
      expectation,
      cell: (field) => `${group}.${field}`,
      isBookkeeping: (cell) => cell === 'auto.lastupdated',
      isSetByVendor: (cell) => cell.startsWith('auto.'),
    }),
  ];
}

type Cells = Map<string, unknown>;

function crmCells(record: RawCrmRecord): Cells {
  const cells: Cells = new Map(Object.entries(record.properties));
  cells.set('(archived)', record.archived);
  if (record.mergedInto !== undefined) cells.set('(mergedInto)', record.mergedInto);
  return cells;
}

function pendoCells(record: RawPendoRecord): Cells {
  const cells: Cells = new Map();
  for (const [group, fields] of Object.entries(record.metadata)) {
    for (const [field, value] of Object.entries(fields)) cells.set(`${group}.${field}`, value);
  }
  return cells;
}

interface SideComparison {
  side: Side;
  before: Map<string, Cells>;
  after: Map<string, Cells>;
  expectation: Expectation | undefined;
  /** Where an owned field stands in a record. */
  cell(field: string): string;
  isBookkeeping(cell: string): boolean;
  /** On records that the run created. */
  isSetByVendor(cell: string): boolean;
  joinProperty?: string | undefined;
}

interface Due {
  field: string;
  kind: CanonicalKind;
  after: Canonical;
}

function compareSide(it: SideComparison): Finding[] {
  const { side, expectation } = it;
  const findings: Finding[] = [];
  const kinds = new Map(expectation?.owned[side].map((owned) => [it.cell(owned.field), owned.kind]));
  const due = new Map<string, Map<string, Due>>();
  for (const { into, after } of taken(expectation, side).creates) {
    // Somebody else's record, which HubSpot took for the one that was meant.
    if (into === undefined) continue;
    const cells = due.get(into) ?? new Map<string, Due>();
    due.set(into, cells);
    for (const [field, value] of Object.entries(after)) {
      const cell = it.cell(field);
      if (value !== 'untouched') cells.set(cell, { field, kind: kinds.get(cell)!, after: value });
    }
  }
  for (const write of taken(expectation, side).writes) {
    const cells = due.get(write.targetId) ?? new Map<string, Due>();
    due.set(write.targetId, cells);
    for (const [field, change] of Object.entries(write.fields)) {
      if (change.after === 'untouched') continue;
      const cell = it.cell(field);
      cells.set(cell, { field, kind: kinds.get(cell)!, after: change.after });
    }
  }

  for (const [id, old] of it.before) {
    const now = it.after.get(id);
    if (!now) findings.push({ side, id, field: '*', expected: 'the record', actual: undefined, kind: 'missing' });
    else findings.push(...compareCells(it, id, old, now, due.get(id), kinds));
  }
  findings.push(...compareCreated(it, kinds));
  return findings;
}

function compareCells(
  it: SideComparison,
  id: string,
  old: Cells,
  now: Cells,
  due: Map<string, Due> | undefined,
  kinds: Map<string, CanonicalKind>,
): Finding[] {
  const findings: Finding[] = [];
  const report = (field: string, expected: unknown, actual: unknown, kind: Finding['kind']): void => {
    findings.push({ side: it.side, id, field, expected, actual, kind });
  };
  for (const [cell, { kind, after }] of due ?? []) {
    const actual = canonical(read(kind, now.get(cell)));
    if (actual === after) continue;
    const unmoved = isDeepStrictEqual(now.get(cell), old.get(cell));
    const verdict = actual === null ? 'missing' : unmoved ? 'stale' : 'wrong';
    report(cell, after, now.get(cell), verdict);
  }
  for (const cell of new Set([...old.keys(), ...now.keys()])) {
    if (due?.has(cell) || it.isBookkeeping(cell)) continue;
    const [was, is] = [old.get(cell), now.get(cell)];
    if (was === is || isDeepStrictEqual(was, is)) continue;
    const kind = kinds.get(cell);
    const verdict = kind === undefined ? 'foreign' : canonical(read(kind, is)) === null ? 'missing' : 'wrong';
    report(cell, was, is, verdict);
  }
  return findings;
}

/** New records: each expected one exactly once, under its key, with its fields and nothing else. */
function compareCreated(it: SideComparison, kinds: Map<string, CanonicalKind>): Finding[] {
  const { side } = it;
  const findings: Finding[] = [];
  const made = taken(it.expectation, side).creates.filter((create) => create.into === undefined);
  const expected = new Map(made.map((create) => [create.storedKey, create]));
  for (const [id, cells] of it.after) {
    if (it.before.has(id)) continue;
    const key = side === 'pendo' ? id : String(cells.get(it.joinProperty ?? ''));
    const create = expected.get(key);
    expected.delete(key);
    if (!create) {
      findings.push({ side, id, field: '*', expected: undefined, actual: key, kind: 'created' });
      continue;
    }
    for (const [field, after] of Object.entries(create.after)) {
      const cell = it.cell(field);
      const actual = canonical(read(kinds.get(cell)!, cells.get(cell)));
      if (after === 'untouched' || actual === after) continue;
      findings.push({ side, id, field: cell, expected: after, actual, kind: actual === null ? 'missing' : 'wrong' });
    }
    const allowed = new Set([...Object.keys(create.after).map((field) => it.cell(field)), '(archived)']);
    if (it.joinProperty !== undefined) allowed.add(it.joinProperty);
    for (const [cell, value] of cells) {
      if (allowed.has(cell) || it.isSetByVendor(cell)) continue;
      findings.push({ side, id, field: cell, expected: undefined, actual: value, kind: 'foreign' });
    }
  }
  for (const { storedKey: key } of expected.values()) {
    findings.push({ side, id: key, field: '*', expected: 'a new record', actual: undefined, kind: 'missing' });
  }
  return findings;
}
