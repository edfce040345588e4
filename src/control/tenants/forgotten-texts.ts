/**
 * What vendors said of others may quote a person who is forgotten: a refusal names a whole batch, and earlier versions kept such
 * texts as they came. So every text of a tenant is looked through, of both objects and whatever row it stands at.
 */
import { type RawBuilder, sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import { spellingsOf } from '../../sync/join-key.ts';
import { textFault } from '../../sync/text.ts';
import type { Names } from './forgotten-names.ts';

/** By table: columns of JSON, such of text, and such that hold words and figures of ours rather than texts. */
const places: Readonly<
  Record<string, { json: readonly string[]; text?: readonly string[]; plain?: readonly string[] }>
> = {
  runs: { json: ['reason', 'blocked', 'dropped', 'held', 'decision'], plain: ['preview', 'progress', 'counts'] },
  deliveries: { json: ['reason'] },
  outcomes: { json: ['reason'] },
  event_days: { json: ['properties'] },
  event_occurrences: { json: ['reason', 'properties'] },
  hubspot_records: { json: ['standing_reason'] },
  pendo_records: { json: ['standing_reason'] },
  syncs: { json: ['reason'] },
  connections: { json: ['reason'] },
  schedule_faults: { json: ['reason'] },
  alerts: { json: ['body', 'last_delivery'], text: ['last_error'] },
  alert_targets: { json: ['last_delivery'] },
};

/** As `table.column`. */
export function scrubbedPlaces(): string[] {
  return Object.entries(places).flatMap(([table, { json, text = [], plain = [] }]) =>
    [...json, ...text, ...plain].map((column) => `${table}.${column}`),
  );
}

/** Shorter names are parts of ordinary words. */
const shortest = 3;
/** From here on nobody writes a name by chance. */
const unmistakable = 8;

/** @returns how many rows named the person and do so no more. */
export async function scrubTexts(tx: Tx, tenantId: string, names: Names): Promise<number> {
  const forms = formsOfAll(names);
  if (forms.length === 0) return 0;
  const pattern = patternOf(forms);
  const plainPattern = patternOf(forms.filter((form) => !/^\w+$/.test(form)));
  let scrubbed = 0;
  for (const [table, { json, text = [], plain = [] }] of Object.entries(places)) {
    const clean = (name: string): RawBuilder<unknown> => {
      const column = sql.ref(name);
      if (text.includes(name)) return sql`scrub_text(${column}, ${pattern})`;
      return sql`scrub_json(${column}, ${pattern}, ${plainPattern}, ${plain.includes(name)})`;
    };
    const columns = [...json, ...text, ...plain];
    const sets = columns.map((name) => sql`${sql.ref(name)} = ${clean(name)}`);
    // Of the many rows without a text, nothing is computed.
    const differ = columns.map((name) => sql`(${sql.ref(name)} is not null and ${sql.ref(name)} <> ${clean(name)})`);
    const done = await sql`
      update ${sql.table(table)} set ${sql.join(sets)}
      where tenant_id = ${tenantId} and (${sql.join(differ, sql` or `)})`.execute(tx);
    scrubbed += Number(done.numAffectedRows ?? 0n);
  }
  return scrubbed;
}

/** Every form of every name, the longest first. */
function formsOfAll({ hubspot, pendo, keys }: Names): string[] {
  const spelled = [...hubspot, ...[...pendo, ...keys].flatMap(spellingsOf)];
  const usable = spelled.filter((name) => name.length >= shortest && textFault(name) === null);
  return [...new Set(usable.flatMap(formsOf))].sort((a, b) => b.length - a.length);
}

/** A regular expression of PostgreSQL, for which case does not count. Of no forms: one that matches nothing. */
function patternOf(forms: readonly string[]): string {
  return forms.length === 0 ? 'x\\Ax' : forms.map(alternative).join('|');
}

/** As it is, and as JSON and an address write it. */
function formsOf(name: string): string[] {
  return [name, name.normalize('NFC'), name.normalize('NFD')].flatMap((text) => {
    const quoted = JSON.stringify(text).slice(1, -1);
    const ascii = quoted.replace(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
    return [text, quoted, ascii, encodeURIComponent(text)];
  });
}

/** A number, or a short word, counts only where it stands alone: it is a part of others by chance. */
function alternative(form: string): string {
  const literal = form.replace(/[\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e]/g, '\\$&');
  const alone = /^\d+$/.test(form) || (form.length < unmistakable && /^\w+$/.test(form));
  return alone ? `(?<![[:alnum:]_])${literal}(?![[:alnum:]_])` : literal;
}
