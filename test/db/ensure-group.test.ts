/** HubSpot counts what it refuses an app: nothing is asked for that is there already. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureSchema } from '../../src/activities/ensure-schema.ts';
import type { NewProperty } from '../../src/hubspot/index.ts';
import { type Engine, openEngine } from './engine.ts';

let engine: Engine;
beforeEach(async () => {
  engine = await openEngine();
});
afterEach(() => engine.close());

const days = 'pendo_days_active_180d';
const minutes = 'pendo_time_on_app_180d';

/** What a run asks of a portal that has these properties of ours, and this group or not. */
async function asked(present: string[], hasGroup: boolean): Promise<string[]> {
  const calls: string[] = [];
  const definition = (name: string, groupName: string) => ({
    name,
    groupName,
    type: 'number',
    fieldType: 'number',
    options: [],
  });
  const hubspot = {
    listProperties: async () => [
      { ...definition('email', 'contactinformation'), type: 'string', fieldType: 'text', hasUniqueValue: true },
      ...present.map((name) => definition(name, 'pendo')),
    ],
    listPage: async () => ({ records: [] }),
    limits: async () => ({}),
    listGroups: async () => {
      calls.push('list groups');
      return hasGroup ? [{ name: 'pendo', label: 'Pendo', archived: false }] : [];
    },
    createGroup: async () => void calls.push('make the group'),
    createProperties: async (_: string, definitions: NewProperty[]) => {
      calls.push(`make ${definitions.map(({ name }) => name).join(' and ')}`);
      return { present: definitions.map(({ name }) => definition(name, 'pendo')), refused: [] };
    },
  };
  // Nothing to ask it about: what it would answer stays unknown.
  const pendo = { schema: async () => ({ custom: [] }), aggregate: async () => 0 };
  const deps = {
    ...engine.deps,
    openVendors: async () => ({ hubspot, pendo, pendoSettings: { zone: 'UTC' } }) as never,
  };
  const ref = await engine.openRun({
    joinKey: { property: 'email' },
    push: [{ metric: 'daysActive' }, { metric: 'timeOnApp' }],
  });
  expect((await engine.act(() => ensureSchema(deps, ref))).kind).toBe('done');
  return calls;
}

test('an unchanged day asks for no group, and makes none', async () => {
  expect(await asked([days, minutes], true)).toEqual([]);
});

test('a property that is missing is made in the group that the others show to be there', async () => {
  expect(await asked([days], true)).toEqual([`make ${minutes}`]);
});

test('a group without properties is looked for, and not made again', async () => {
  expect(await asked([], true)).toEqual(['list groups', `make ${days} and ${minutes}`]);
});

test('a group that is missing is made', async () => {
  expect(await asked([], false)).toEqual(['list groups', 'make the group', `make ${days} and ${minutes}`]);
});
