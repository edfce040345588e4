import type { PendoKind } from '../contract.ts';
import { BadRequest, NotFound } from './refusals.ts';
import type { Truth } from './truth/truth.ts';

/** The id that a path names: as it stands, or in base64 (plain or URL-safe) when only that exists. */
export function recordId(truth: Truth, kind: PendoKind, part: string): string {
  const store = truth.records[kind];
  if (store.exists(part)) return part;
  const decoded = Buffer.from(part, 'base64url').toString('utf8');
  if (decoded !== '' && store.exists(decoded)) return decoded;
  throw new NotFound(`${kind} not found`);
}

export function shownRecord(truth: Truth, kind: PendoKind, id: string): unknown {
  const { metadata } = truth.records[kind].read(id)!;
  if (kind === 'account') return { id, metadata };
  const { accountid, accountids, lastvisit } = metadata.auto ?? {};
  const accountIds = Array.isArray(accountids) ? accountids : typeof accountid === 'string' ? [accountid] : [];
  return { id, accountIds, lastStartTime: lastvisit ?? 0, account: { id: accountid ?? '' }, metadata };
}

/** One day of a visitor's activity, newest last. */
export function visitorHistory(truth: Truth, id: string, starttime: string | null): unknown {
  const at = Number(starttime);
  if (starttime === null || !Number.isInteger(at)) throw new BadRequest('starttime must be a time in ms');
  const day = truth.calendar().dayNumber(at);
  const index = truth.records.visitor.directory.find(id) ?? -1;
  const rows: unknown[] = [];
  if (index >= 0 && !truth.forgotten.has(id)) {
    truth.activity.events(index, id, day, day, ({ pageId, firstTime, lastTime, appId, server }, hidden) => {
      const seen = { ts: firstTime, lastTs: lastTime, duration: lastTime - firstTime };
      if (!hidden) rows.push({ type: 'PageView', pageId, appId, uri: `https://${server}/${pageId}`, ...seen });
      return true;
    });
  }
  return rows;
}
