/** Changes of so many records at once that a guard holds the run that reads them. */
import type { CrmEdit, CrmType, PendoEdit } from '../sandbox/contract.ts';
import type { SyncObject } from '../src/sync/config.ts';
import { crmOf, listOf } from './lists.ts';
import { tenantLock } from './locks.ts';
import { type Model, placeOf } from './model.ts';
import type { Stage } from './stage.ts';
import { type ChaosTenant, clearFaults } from './tenants.ts';

export const bulks = ['values', 'records', 'creations', 'emptyPage'] as const;
export type Bulk = (typeof bulks)[number];

export interface BulkCase {
  stage: Stage;
  n: number;
  object: SyncObject;
  tenant: ChaosTenant;
  model: Model;
  bulk: Bulk;
  seed: number;
  /** The vendor whose page is empty. */
  emptySide: 'hubspot' | 'pendo';
}

/** What is changed, and how it is put back. */
export interface Change {
  apply(): Promise<void>;
  putBack(): Promise<void>;
}

const day = 86_400_000;

export async function planChange(it: BulkCase): Promise<Change | undefined> {
  switch (it.bulk) {
    case 'values':
      return blankValues(it);
    case 'records':
      return archiveRecords(it);
    case 'creations':
      return addRecords(it);
    case 'emptyPage':
      return emptyPage(it);
    default:
      return it.bulk satisfies never;
  }
}

/** Edits of one kind of record, made in one go and seen by the model before and after. */
function edits(it: BulkCase, list: CrmType | 'visitors' | 'accounts', make: () => Promise<(CrmEdit | PendoEdit)[]>) {
  const { stage, n, tenant, model } = it;
  return stage.locks.alone(tenantLock(n), async () => {
    await model.look();
    await tenant.admin.patch(`/admin/worlds/${tenant.name}/${list}`, await make());
    await model.look();
  });
}

const once = (work: () => Promise<void>): (() => Promise<void>) => {
  let done: Promise<void> | undefined;
  return () => {
    done ??= work();
    return done;
  };
};

async function blankValues(it: BulkCase): Promise<Change | undefined> {
  const { tenant, object, model } = it;
  const type = crmOf[object];
  const { joinKey, pull } = tenant.configs[object];
  const truth = await model.look();
  const live = truth[type].filter((one) => !one.archived && one.mergedInto === undefined);
  const holding = (property: string) => live.filter(({ properties }) => properties[property]);
  const names = pull.map(({ property }) => property).filter((name) => name !== joinKey.property);
  const [property] = names.sort((a, b) => holding(b).length - holding(a).length);
  if (property === undefined || holding(property).length < 45) return undefined;
  const some = holding(property).slice(0, Math.ceil(holding(property).length * 0.8));
  const set = (to: (old: string) => string | null) => () =>
    edits(it, type, async () =>
      some
        .filter(({ id }) => model.truth[type].some((one) => one.id === id))
        .map(({ id, properties }) => ({ id, properties: { [property]: to(properties[property] as string) } })),
    );
  return { apply: set(() => null), putBack: once(set((old) => old)) };
}

async function archiveRecords(it: BulkCase): Promise<Change | undefined> {
  const { object, model } = it;
  const type = crmOf[object];
  const live = (await model.look())[type].filter((one) => !one.archived && one.mergedInto === undefined);
  const some = live.filter((_, n) => n % 5 < 2);
  const set = (archived: boolean) => () => edits(it, type, async () => some.map(({ id }) => ({ id, archived })));
  return { apply: set(true), putBack: once(set(false)) };
}

async function addRecords(it: BulkCase): Promise<Change | undefined> {
  const { tenant, object, model, seed } = it;
  const { create, joinKey } = tenant.configs[object];
  if (create === 'none') return undefined;
  const names = Array.from({ length: 40 }, (_, i) => `crowd-${seed}-${i}@northwind.example`);
  if (create === 'hubspot') {
    const at = model.truth.takenAt;
    const metadata = { auto: { firstvisit: at - 9 * day, lastvisit: at - day } };
    const list = listOf[object];
    return {
      apply: () => edits(it, list, async () => names.map((id) => ({ id, metadata }))),
      putBack: once(async () => {
        const place = placeOf('pendo', tenant.name);
        for (const id of names) model.losses.push({ at: Date.now(), object, place, id });
        await edits(it, list, async () => names.map((id) => ({ id, deleted: true })));
      }),
    };
  }
  const type = crmOf[object];
  const isOurs = (key: string | undefined) => key !== undefined && names.includes(key);
  return {
    apply: () => edits(it, type, async () => names.map((key) => ({ properties: { [joinKey.property]: key } }))),
    putBack: once(() =>
      edits(it, type, async () =>
        model.truth[type]
          .filter(({ properties }) => isOurs(properties[joinKey.property]))
          .map(({ id }) => ({ id, archived: true })),
      ),
    ),
  };
}

/** The vendor answers that there is nobody, as if that were all. */
async function emptyPage(it: BulkCase): Promise<Change> {
  const { stage, n, tenant, object, emptySide } = it;
  const fault =
    emptySide === 'hubspot'
      ? { vendor: emptySide, kind: 'empty200', route: `^GET .*/objects/(.*/)?${crmOf[object]}$` }
      : { vendor: emptySide, kind: 'empty200', source: `^${listOf[object]}$` };
  return {
    apply: async () => void (await tenant.admin.post(`/admin/worlds/${tenant.name}/faults`, fault)),
    putBack: once(async () => {
      stage.cleared.push({ world: n, at: Date.now() });
      await clearFaults(tenant);
    }),
  };
}
