/** Settings of connections as they are stored: those that the release before refuses have a column of their own. */
import type { Connection } from './credentials.ts';

/**
 * With the settings that have a column. A Pendo connection of an earlier release has no `activity` and counts all events, as it
 * always did: an upgrade stops no sync.
 */
export function withStoredSettings<T extends Pick<Connection, 'vendor' | 'settings' | 'activity'>>(connection: T): T {
  if (connection.vendor !== 'pendo') return connection;
  return { ...connection, settings: { ...connection.settings, activity: connection.activity ?? 'events' } };
}

/** Into columns: the reverse. */
export function storedSettings({ activity, ...settings }: Record<string, unknown>): {
  settings: string;
  activity: string | null;
} {
  return { settings: JSON.stringify(settings), activity: typeof activity === 'string' ? activity : null };
}
