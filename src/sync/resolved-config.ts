/** A configuration as it is stored: with the names and windows that are fixed when it is saved. */
import type { SyncConfig, SyncObject } from './config.ts';
import { resolvedEvents } from './event-names.ts';
import type { ItemNames } from './pendo-items.ts';
import { resolvedPush } from './push-names.ts';

export function resolvedConfig(
  object: SyncObject,
  given: SyncConfig,
  before: SyncConfig | undefined,
  items: ItemNames,
): SyncConfig {
  const push = resolvedPush(given, before, items);
  if (given.events === undefined) return { ...given, push };
  return { ...given, push, events: resolvedEvents(object, given.events, before?.events ?? [], items) };
}
