/** Properties that a track event had lately, to choose from: asked of Pendo at the moment. Their values are not kept. */
import { pipelines } from '../../pendo/index.ts';
import { eventPropertySchema } from '../../sync/event-mapping.ts';
import { eventPropertyNames } from '../../sync/event-names.ts';
import { numberIn } from '../../sync/numbers.ts';
import { storableText } from '../../sync/text.ts';
import type { Caller } from '../caller.ts';
import { type Control, inTenant } from '../control.ts';

const valueKinds = ['text', 'number', 'yesNo', 'list', 'other'] as const;
type ValueKind = (typeof valueKinds)[number];

export interface TrackProperty {
  name: string;
  /** May an entry of `events` choose it? Pendo itself shows no other names. */
  canBeChosen: boolean;
  /** The HubSpot property that it becomes where none is set; null: it cannot be chosen. */
  property: string | null;
  kinds: ValueKind[];
  /** Of the rows that were looked at, those with a value. */
  rows: number;
  lastSeen: Date | null;
}

export interface TrackProperties {
  /** Rows that were looked at: the newest. */
  rows: number;
  properties: TrackProperty[];
}

const lately = 30;
const dayMs = 86_400_000;
const mostRows = 1000;
/** An app may make up names as it goes. */
const mostNames = 500;

/** By name. @throws VendorError when Pendo is not connected or does not answer. */
export async function listTrackProperties(
  control: Control,
  caller: Caller,
  tenantId: string,
  trackTypeId: string,
): Promise<TrackProperties> {
  await inTenant(control, caller, 'read', tenantId, async () => undefined);
  const { client } = await control.vendors.pendo(tenantId);
  const first = control.clock() - (lately - 1) * dayMs;
  const found = new Map<string, TrackProperty>();
  let rows = 0;
  const request = { trackTypeId, most: mostRows, first, days: lately };
  await client.aggregate<Record<string, unknown>>(pipelines.trackRows(request), ({ day, properties }) => {
    rows += 1;
    if (typeof properties !== 'object' || properties === null || Array.isArray(properties)) return;
    for (const [name, value] of Object.entries(properties)) note(found, storableText(name), value, numberIn(day));
  });
  return { rows, properties: [...found.values()].sort((a, b) => a.name.localeCompare(b.name, 'en')) };
}

function note(found: Map<string, TrackProperty>, name: string, value: unknown, day: number | undefined): void {
  if (value === null || value === '') return;
  const known = found.get(name);
  if (known === undefined && found.size >= mostNames) return;
  const property = known ?? unseen(name);
  const kind = kindOf(value);
  if (!property.kinds.includes(kind)) property.kinds.push(kind);
  property.rows += 1;
  if (day !== undefined && day > (property.lastSeen?.getTime() ?? 0)) property.lastSeen = new Date(day);
  found.set(name, property);
}

function unseen(name: string): TrackProperty {
  const canBeChosen = eventPropertySchema.safeParse({ name }).success;
  const property = canBeChosen ? (eventPropertyNames([{ name }])[0] as string) : null;
  return { name, canBeChosen, property, kinds: [], rows: 0, lastSeen: null };
}

function kindOf(value: unknown): ValueKind {
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'string') return 'text';
  if (typeof value === 'number') return 'number';
  return typeof value === 'boolean' ? 'yesNo' : 'other';
}
