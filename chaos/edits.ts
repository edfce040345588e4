/** Raw changes that people and the vendors themselves make on both sides, while runs go on. */
import type { Truth } from '../oracle/index.ts';
import type { CrmEdit, CrmType, PendoEdit, RawEvent, RawPropertyDefinition } from '../sandbox/contract.ts';
import { type Random, random } from '../sandbox/world/random.ts';
import type { SyncObject } from '../src/sync/config.ts';
import { crmOf } from './lists.ts';
import { cell, type Loss, placeOf } from './model.ts';
import type { ChaosTenant } from './tenants.ts';

export interface Changes {
  crm: Record<CrmType, CrmEdit[]>;
  visitors: PendoEdit[];
  accounts: PendoEdit[];
  events: RawEvent[];
  /** Values of ours that somebody overwrote, by `cell`. */
  overwritten: string[];
  losses: Loss[];
}

const day = 86_400_000;

/** @param truth the world as it stands; nobody but us and Crosswalk changes it */
export function makeChanges(tenant: Edited, truth: Truth, seed: number, records: number): Changes {
  const dice = random(seed, 'edit', tenant.name);
  const changes: Changes = {
    crm: { contacts: [], companies: [] },
    visitors: [],
    accounts: [],
    events: [],
    overwritten: [],
    losses: [],
  };
  const touched = new Set<string>();
  for (let n = 0; n < records; n++) {
    const object = dice.pick(tenant.objects);
    if (dice.chance(0.65)) changeCrm(changes, touched, { tenant, truth, dice, object, tag: `${seed}-${n}` });
    else changePendo(changes, touched, { tenant, truth, dice, object, tag: `${seed}-${n}` });
  }
  return changes;
}

/** The tenant whose two sides are changed. */
export type Edited = Pick<ChaosTenant, 'name' | 'objects' | 'configs' | 'full' | 'connected'>;

interface Place {
  tenant: Edited;
  truth: Truth;
  dice: Random;
  object: SyncObject;
  /** Makes a key that nobody had before. */
  tag: string;
}

function changeCrm(changes: Changes, touched: Set<string>, place: Place): void {
  const { tenant, truth, dice, object, tag } = place;
  const type = crmOf[object];
  const key = tenant.configs[object].joinKey.property;
  const live = truth[type].filter((one) => !one.archived && one.mergedInto === undefined);
  const record = dice.pick(live);
  if (touched.has(record.id)) return;
  touched.add(record.id);
  const edit = (one: CrmEdit): void => void changes.crm[type].push(one);
  const share = dice.next();
  if (share < 0.72) edit({ id: record.id, properties: someValues(place, type) });
  else if (share < 0.78) {
    // The join property is called like one of ours, and is not in our group.
    const ours = truth.portal.properties[type].filter(
      ({ name, groupName }) => groupName === 'pendo' && record.properties[name] !== undefined,
    );
    if (ours.length === 0) return;
    const { name: property, type: kind } = dice.pick(ours);
    edit({ id: record.id, properties: { [property]: byHand[kind] ?? '77' } });
    changes.overwritten.push(cell(object, placeOf('hubspot', tenant.connected.hubspot.world), record.id, property));
  } else if (share < 0.83) edit({ id: record.id, properties: { [key]: `renamed-${tag}@northwind.example` } });
  else if (share < 0.86) edit({ id: record.id, properties: { [key]: null } });
  else if (share < 0.89) edit({ properties: { [key]: record.properties[key] ?? null } });
  else if (share < 0.93) edit({ properties: { [key]: `new-${tag}@northwind.example` } });
  else if (share < 0.96) edit({ id: record.id, archived: true });
  else {
    const into = dice.pick(live);
    if (touched.has(into.id)) return;
    touched.add(into.id);
    edit({ id: record.id, mergeInto: into.id });
  }
}

/** What somebody types over one of our values, by its type. */
const byHand: Record<string, string> = { date: '2001-02-03', bool: 'true', enumeration: 'passive', string: 'by hand' };

function someValues({ tenant, truth, dice, object }: Place, type: CrmType): Record<string, string | null> {
  const values: Record<string, string | null> = {};
  for (let n = dice.int(1, 3); n > 0; n--) {
    const { property } = dice.pick(tenant.full[object].pull ?? []);
    const definition = truth.portal.properties[type].find((one) => one.name === property);
    if (definition === undefined || property === tenant.configs[object].joinKey.property) continue;
    values[property] = dice.chance(0.08) ? null : someValue(definition, dice);
  }
  return values;
}

export function someValue(definition: RawPropertyDefinition, dice: Random): string {
  switch (definition.type) {
    case 'number':
      return dice.chance(0.05) ? 'plenty' : String(dice.int(-500, 100_000) / 4);
    case 'bool':
      return dice.pick(['true', 'false']);
    case 'date':
      return new Date(Date.UTC(2024, 0, dice.int(1, 700))).toISOString().slice(0, 10);
    case 'datetime':
      return new Date(Date.UTC(2024, 0, dice.int(1, 700), 5, 6, 7)).toISOString();
    case 'enumeration': {
      const options = definition.options.map((one) => one.value);
      if (options.length === 0) return 'other';
      return definition.fieldType === 'checkbox'
        ? [dice.pick(options), dice.pick(options)].join(';')
        : dice.pick(options);
    }
    default:
      return `${dice.pick(['amber', 'Ångström', 'blue; green', ' trailing ', '𝌆', 'O’Neil'])} ${dice.int(1, 9999)}`;
  }
}

function changePendo(changes: Changes, touched: Set<string>, place: Place): void {
  const { tenant, truth, dice, object, tag } = place;
  const list = object === 'visitor' ? 'visitors' : 'accounts';
  const record = dice.pick(truth[list].filter((one) => !one.id.startsWith('_PENDO_T_')));
  if (touched.has(record.id)) return;
  touched.add(record.id);
  const edit = (one: PendoEdit): void => void changes[list].push(one);
  const share = dice.next();
  if (share < 0.4) {
    const at = truth.takenAt - dice.int(0, 30) * day;
    edit({ id: record.id, metadata: { auto: { lastvisit: at } } });
  } else if (share < 0.65 && object === 'visitor') changes.events.push(oneEvent(truth, dice, record.id));
  else if (share < 0.75) {
    const group = tenant.configs[object].pendoGroup;
    const ours = Object.keys(record.metadata[group] ?? {}).filter((field) => field.startsWith('hubspot_'));
    if (ours.length === 0) return;
    const field = dice.pick(ours);
    const known = record.metadata[group]?.[field];
    const value =
      typeof known === 'number' ? known + 86_400_000 * 3 : typeof known === 'boolean' ? !known : `by hand ${tag}`;
    edit({ id: record.id, metadata: { [group]: { [field]: value } } });
    changes.overwritten.push(cell(object, placeOf('pendo', tenant.connected.pendo.world), record.id, field));
  } else if (share < 0.9) {
    const id = object === 'visitor' ? `arrived-${tag}@northwind.example` : `arrived-${tag}`;
    edit({ id, metadata: { auto: { firstvisit: truth.takenAt - 3 * day, lastvisit: truth.takenAt - day } } });
  } else {
    changes.losses.push({
      at: Date.now(),
      object,
      place: placeOf('pendo', tenant.connected.pendo.world),
      id: record.id,
    });
    edit({ id: record.id, deleted: true });
  }
}

/** One row, so that a run that reads meanwhile sees it or not, and nothing between. */
export function oneEvent(truth: Truth, dice: Random, visitorId: string): RawEvent {
  const some = [...truth.events].filter((event) => !event.blacklisted);
  const like = dice.pick(some);
  const app = truth.subscription.apps[0];
  return {
    visitorId,
    accountId: '',
    appId: app?.id ?? like.appId,
    // Often of an item that is mapped.
    pageId: like.pageId || 'page-chaos',
    ...(like.featureId ? { featureId: like.featureId } : {}),
    ...(like.trackTypeId ? { trackTypeId: like.trackTypeId } : {}),
    day: like.day,
    server: 'app.northwind.example',
    remoteIp: '198.51.100.9',
    userAgent: 'Mozilla/5.0 (chaos)',
    numEvents: 1,
    numMinutes: dice.int(1, 50),
    firstTime: like.day + day / 2,
    lastTime: like.day + day / 2 + 60_000,
  };
}
