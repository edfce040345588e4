/** The definitions of custom events that a run sends to: found in HubSpot, or made there. */
import { eventsOf } from '../sync/event-mapping.ts';
import { type AddedEventProperty, type NewEventDefinition, planEvents, withDefinitions } from '../sync/event-plan.ts';
import type { ItemNames } from '../sync/pendo-items.ts';
import type { Plan } from '../sync/types.ts';
import { VendorError } from '../sync/vendor-error.ts';
import { Blocked, type Step } from './step/step.ts';

/** In every name that Crosswalk makes or takes. */
const common = 'pendo_';

/** What HubSpot does not have yet. */
export interface EventTargets {
  missing: NewEventDefinition[];
  added: AddedEventProperty[];
}

/** Puts the events into the plan. */
export async function addEvents(step: Step, plan: Plan, items: ItemNames): Promise<EventTargets> {
  const { config } = step.run;
  if (eventsOf(config).length === 0) return { missing: [], added: [] };
  const { hubspot } = await step.vendors();
  const held = await hubspot.listEvents(common).catch((error: unknown) => {
    throw isWithoutEvents(error) ? notAvailable() : error;
  });
  const { events, ...targets } = planEvents(plan.object, config, items, held);
  plan.events = events;
  return targets;
}

export async function createEvents(step: Step, plan: Plan, { missing, added }: EventTargets): Promise<void> {
  const { hubspot } = await step.vendors();
  for (const definition of missing) {
    const made = await hubspot.createEvent(definition).catch((error: unknown) => {
      throw blockedIfRefused(error, {
        code: 'EVENT_REFUSED',
        message: `HubSpot refuses to define the custom event "${definition.name}"`,
        fix: 'Set another name for it, or delete a custom event in HubSpot that is no longer needed.',
      });
    });
    plan.events = withDefinitions(plan.events ?? [], [made]);
  }
  for (const { event, property } of added) {
    await hubspot.addEventProperty(event, property).catch((error: unknown) => {
      throw blockedIfRefused(error, {
        code: 'EVENT_PROPERTY_REFUSED',
        message: `HubSpot refuses to add the property "${property.name}" to the custom event "${event}"`,
        fix: 'Set another name for it in `properties`, or take it out.',
      });
    });
  }
}

/** Refused for what is asked for: a person has to change that. */
function blockedIfRefused(error: unknown, { code, message, fix }: { code: string; message: string; fix: string }) {
  if (!(error instanceof VendorError) || error.kind !== 'rejected') return error;
  return new Blocked({ code, message: `${message} (${error.code}).`, fix: `${fix} Then resume the sync.` });
}

/** Refused, and not for a scope. */
export function isWithoutEvents(error: unknown): boolean {
  return error instanceof VendorError && error.kind === 'forbidden' && !error.scopes?.length;
}

function notAvailable(): Blocked {
  return new Blocked({
    code: 'EVENTS_NOT_AVAILABLE',
    message: 'This HubSpot account does not have custom events, or no longer has them.',
    fix: 'Take `events` out of the configuration, or move the HubSpot account to an edition with custom events (Enterprise). Then resume the sync.',
  });
}
