/** What Temporal, traces and logs must not hold. */
import { expect } from 'vitest';
import type { Truth } from '../../oracle/index.ts';
import type { TestedTenant } from './tested-tenant.ts';

/** What must never be found: credentials, ids of either vendor, e-mail addresses, values long enough to tell. */
export function secretsOf({ world }: TestedTenant, truth: Truth): Set<string> {
  const secrets = new Set([world.hubspotToken, world.pendoKey, world.pendoReadKey, world.subscriptionId]);
  const add = (value: unknown): void => {
    const text = String(value);
    // Shorter ones, bare numbers below a million, what reads as seconds of a time, and plain words stand in any history by chance.
    if (text.length >= 6 && !/^(\d{1,6}|\d\d\.\d{3}|[a-z_]+)$/.test(text)) secrets.add(text);
  };
  for (const record of [...truth.contacts, ...truth.companies]) {
    if (record.id.length >= 6) secrets.add(record.id);
    for (const value of Object.values(record.properties)) add(value);
  }
  for (const record of [...truth.visitors, ...truth.accounts]) {
    add(record.id);
    for (const group of Object.values(record.metadata)) for (const value of Object.values(group)) add(value);
  }
  return secrets;
}

export function expectPrivate(text: string, secrets: Set<string>): void {
  const found = [...secrets].filter((secret) => text.includes(secret));
  expect(found).toEqual([]);
  expect(text.match(/[\w.+-]+@[\w-]+\.[a-z]{2,}/gi) ?? []).toEqual([]);
}
