/** What a tenant's syncs need to be allowed in HubSpot, and nothing more. */
import { crmTypeOf } from '../../hubspot/index.ts';
import type { SyncConfig, SyncObject } from '../../sync/config.ts';
import { eventsOf } from '../../sync/event-mapping.ts';

const eventScopes = ['behavioral_events.event_definitions.read_write', 'analytics.behavioral_events.send'];

export interface Needs {
  object: SyncObject;
  /** HubSpot records are written. */
  writesHubSpot: boolean;
  /** Properties are made in HubSpot. */
  pushes: boolean;
  /** Custom events are defined and sent in HubSpot. */
  sendsEvents: boolean;
  /** Metadata is written in Pendo. */
  writesPendo: boolean;
}

export function needsOf(object: SyncObject, config: SyncConfig): Needs {
  return {
    object,
    pushes: config.push.length > 0,
    writesHubSpot: config.push.length > 0 || config.create === 'hubspot',
    sendsEvents: eventsOf(config).length > 0,
    writesPendo: config.pull.length > 0 || config.create === 'pendo',
  };
}

/** What a changed configuration needs that the one before did not; undefined where that is nothing. */
export function addedNeeds(object: SyncObject, before: SyncConfig, after: SyncConfig): Needs | undefined {
  const [had, needs] = [needsOf(object, before), needsOf(object, after)];
  const more = (['writesHubSpot', 'pushes', 'sendsEvents', 'writesPendo'] as const).some(
    (need) => needs[need] && !had[need],
  );
  return more ? needs : undefined;
}

/**
 * Reading records needs the object's read scope (and the schema scope does not permit it); definitions come with it.
 * Without any configuration both objects are read, to choose a mapping from.
 */
export function hubspotScopes(needs: readonly Needs[]): string[] {
  const objects = needs.length === 0 ? (['visitor', 'account'] as const) : needs.map(({ object }) => object);
  const scopes = ['oauth', ...objects.map((object) => `crm.objects.${crmTypeOf[object]}.read`)];
  for (const { object, writesHubSpot, pushes, sendsEvents } of needs) {
    if (writesHubSpot) scopes.push(`crm.objects.${crmTypeOf[object]}.write`);
    if (sendsEvents) scopes.push(...eventScopes);
    if (pushes) scopes.push(`crm.schemas.${crmTypeOf[object]}.write`);
  }
  return [...new Set(scopes)].sort();
}
