/** Changes values of all matched pairs, so that a run has something to write on both sides that was not read back yet. */
import type { CrmEdit, PendoEdit, RawEvent } from '../../sandbox/contract.ts';
import { oneEvent, someValue } from '../edits.ts';
import { crmOf, listOf } from '../lists.ts';
import { tenantLock } from '../locks.ts';
import type { Scene } from './scene.ts';

const day = 86_400_000;

export async function touchAll(scene: Scene): Promise<void> {
  const { stage, n, tenant, object, model, dice } = scene;
  const [type, list] = [crmOf[object], listOf[object]];
  await stage.locks.alone(tenantLock(n), async () => {
    const truth = await model.look();
    const { joinKey } = tenant.configs[object];
    const ids = new Set(truth[list].map(({ id }) => id));
    const pairs = truth[type].filter(
      (one) => !one.archived && one.mergedInto === undefined && ids.has(one.properties[joinKey.property] ?? ''),
    );
    const fields = (tenant.full[object].pull ?? []).flatMap(({ property }) => {
      const definition = truth.portal.properties[type].find(({ name }) => name === property);
      return definition === undefined || property === joinKey.property ? [] : [definition];
    });
    const crm: CrmEdit[] = [];
    const pendo: PendoEdit[] = [];
    const events: RawEvent[] = [];
    for (const { id, properties } of pairs) {
      const key = properties[joinKey.property] as string;
      crm.push({ id, properties: Object.fromEntries(fields.map((field) => [field.name, someValue(field, dice)])) });
      pendo.push({ id: key, metadata: { auto: { lastvisit: truth.takenAt - dice.int(0, 30) * day } } });
      if (object === 'visitor') events.push(oneEvent(truth, dice, key));
    }
    await tenant.admin.patch(`/admin/worlds/${tenant.connected.hubspot.world}/${type}`, crm);
    await tenant.admin.patch(`/admin/worlds/${tenant.connected.pendo.world}/${list}`, pendo);
    if (events.length > 0) await tenant.admin.post(`/admin/worlds/${tenant.connected.pendo.world}/events`, events);
    await model.look();
  });
}
