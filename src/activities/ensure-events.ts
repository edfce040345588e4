/** The definitions of custom events that a run sends to: found in HubSpot, or made there. */
import { eventsOf } from '../sync/event-mapping.ts';
import { type NewEventDefinition, planEvents, withDefinitions } from '../sync/event-plan.ts';
import type { ItemNames } from '../sync/pendo-items.ts';
import type { Plan } from '../sync/types.ts';
import { VendorError } from '../sync/vendor-error.ts';
import { Blocked, type Step } from './step/step.ts';

/** In every name that Crosswalk makes or takes. */
const common = 'pendo_';

/** Puts the events into the plan. @returns what HubSpot has no definition of yet */
export async function addEvents(step: Step, plan: Plan, items: ItemNames): Promise<NewEventDefinition[]> {
  const { config } = step.run;
  if (eventsOf(config).length === 0) return [];
  const { hubspot } = await step.vendors();
  const held = await hubspot.listEvents(common).catch((error: unknown) => {
    throw isWithoutEvents(error) ? notAvailable() : error;
  });
  const { events, missing } = planEvents(plan.object, config, items, held);
  plan.events = events;
  return missing;
}

export async function createEvents(step: Step, plan: Plan, missing: readonly NewEventDefinition[]): Promise<void> {
  if (missing.length === 0 || plan.events === undefined) return;
  const { hubspot } = await step.vendors();
  for (const definition of missing) {
    try {
      plan.events = withDefinitions(plan.events, [await hubspot.createEvent(definition)]);
    } catch (error) {
      if (!(error instanceof VendorError) || error.kind !== 'rejected') throw error;
      throw new Blocked({
        code: 'EVENT_REFUSED',
        message: `HubSpot refuses to define the custom event "${definition.name}" (${error.code}).`,
        fix: 'Set another name for it, or delete a custom event in HubSpot that is no longer needed. Then resume the sync.',
      });
    }
  }
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
