/** What was sent says nothing of a field, a record or a person that is another one now. */
import { deleteField } from '../definitions.ts';
import { exchangeKeys, giveKey, renameInPendo } from '../identities.ts';
import { tenantLock } from '../locks.ts';
import { placeOf } from '../model.ts';
import { goodFullRun } from '../runs.ts';
import { unproved } from '../stage.ts';
import { mustArrive, type Owed, type Scene } from './scene.ts';
import { touchAll } from './touch.ts';

/** Deleted after it was written and before it was read back: the next run makes it anew and fills it. */
export async function fieldsMadeAnew(scene: Scene): Promise<void> {
  const { stage, n, object, seed } = scene;
  for (const side of ['hubspot', 'pendo'] as const) {
    const written = await mustArrive(scene, 'values changed', () => touchAll(scene));
    const fields = written.filter((one) => one.side === side && one.expected !== null).map(({ field }) => field);
    const [field] = byCount(fields);
    if (field === undefined) {
      unproved(stage, scene.tenant.name, `${object}, field deleted: nothing was written to ${side}`);
      continue;
    }
    await mustArrive(scene, `field deleted: ${side}`, () =>
      deleteField(stage, n, { object, side, seed, among: [field] }),
    );
  }
}

/** The most frequent first. */
function byCount(all: readonly string[]): string[] {
  const count = (name: string): number => all.filter((one) => one === name).length;
  return [...new Set(all)].sort((a, b) => count(b) - count(a));
}

/** A run reads that it is gone; then it is there again, empty. */
export async function recordMadeAnew(scene: Scene): Promise<void> {
  const { stage, n, tenant, object, model } = scene;
  const written = await mustArrive(scene, 'values changed', () => touchAll(scene));
  const id = written.find(isPendoValue)?.id;
  const list = `${object}s` as const;
  const record = model.truth[list].find((one) => one.id === id);
  const path = `/admin/worlds/${tenant.connected.pendo.world}/${list}`;
  if (id === undefined || record === undefined) {
    return unproved(stage, tenant.name, `${object}, record made anew: nothing was written to Pendo`);
  }
  await stage.locks.alone(tenantLock(n), async () => {
    model.losses.push({ at: Date.now(), object, place: placeOf('pendo', tenant.connected.pendo.world), id });
    await tenant.admin.patch(path, [{ id, deleted: true }]);
    await model.look();
  });
  if ((await goodFullRun(stage, tenant, object)) === undefined) {
    return unproved(stage, tenant.name, `${object}, record made anew: no run ended well while it was gone`);
  }
  await mustArrive(scene, 'record made anew', () =>
    tenant.admin.patch(path, [{ id, metadata: { auto: record.metadata.auto ?? {} } }]),
  );
}

const isPendoValue = ({ side, field, expected }: Owed): boolean =>
  side === 'pendo' && field !== '*' && expected !== null;

/** Two records exchange their keys for a run, one gives its key away, and a Pendo id is renamed. */
export async function keysMove(scene: Scene): Promise<void> {
  const { stage, n, object, seed } = scene;
  await mustArrive(scene, 'values changed', () => touchAll(scene));
  await mustArrive(scene, 'keys exchanged', () => exchangeKeys(stage, n, object, seed));
  await mustArrive(scene, 'keys exchanged back', () => exchangeKeys(stage, n, object, seed));
  await mustArrive(scene, 'key given away', () => giveKey(stage, n, object, seed + 1));
  await mustArrive(scene, 'id renamed in Pendo', () => renameInPendo(stage, n, object, seed + 2, 1));
}
