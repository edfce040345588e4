/** The HubSpot properties that push fills: the table of docs/semantics.md, section 3.1. */
import type { PushMetric, SyncConfig, SyncObject } from './config.ts';
import type { GuardTo, PushDefinition, PushType, WhenNothing } from './types.ts';

export { newerAnswer, npsScore } from './nps.ts';
export { timeOnApp, usageTrending } from './usage-trending.ts';
export { accountsOfVisitor, visitCanon, visits } from './visits.ts';

type PushConfig = Pick<SyncConfig, 'push' | 'window' | 'visitType'>;

interface MetricRule {
  name: string;
  label: string;
  /** The window is part of the property's name and label. */
  windowed: boolean;
  hubspotType: (config: PushConfig) => PushType;
  whenNothing: WhenNothing;
  guardTo: GuardTo;
  description: (who: string, days: number) => string;
}

const number = (): PushType => 'number';
const visit = (config: PushConfig): PushType => config.visitType;

const rules: Record<PushMetric, MetricRule> = {
  firstVisit: {
    name: 'pendo_first_visit',
    label: 'First Visit',
    windowed: false,
    hubspotType: visit,
    whenNothing: 'keep',
    guardTo: 'emptyOrZero',
    description: (who) => `When ${who} was first seen in Pendo, by the time zone of the Pendo subscription.`,
  },
  lastVisit: {
    name: 'pendo_last_visit',
    label: 'Last Visit',
    windowed: false,
    hubspotType: visit,
    whenNothing: 'keep',
    guardTo: 'emptyOrZero',
    description: (who) => `When ${who} was last seen in Pendo, by the time zone of the Pendo subscription.`,
  },
  daysActive: {
    name: 'pendo_days_active',
    label: 'Days Active',
    windowed: true,
    hubspotType: number,
    whenNothing: 'zero',
    guardTo: 'emptyOrZero',
    description: (who, days) => `Days with activity of ${who} among the ${days} whole days up to yesterday.`,
  },
  timeOnApp: {
    name: 'pendo_time_on_app',
    label: 'Time on App',
    windowed: true,
    hubspotType: number,
    whenNothing: 'zero',
    guardTo: 'emptyOrZero',
    description: (who, days) =>
      `Minutes of activity of ${who} in the ${days} whole days up to yesterday. A minute spent in two tabs or two apps counts twice.`,
  },
  usageTrending: {
    name: 'pendo_usage_trending',
    label: 'Usage Trending',
    windowed: true,
    hubspotType: number,
    whenNothing: 'clear',
    guardTo: 'empty',
    description: (who, days) =>
      `Change of the minutes of ${who} in the ${days} whole days up to yesterday against the ${days} days before, in percent points: 12.5 means 12.5 % more. Empty when there were none before.`,
  },
  totalVisitors: {
    name: 'pendo_total_visitors',
    label: '# of Total Visitors',
    windowed: false,
    hubspotType: number,
    whenNothing: 'zero',
    guardTo: 'emptyOrZero',
    description: () => 'Identified visitors that Pendo has ever seen for this account.',
  },
  latestNps: {
    name: 'pendo_latest_nps_response',
    label: 'Latest NPS Response',
    windowed: false,
    hubspotType: number,
    whenNothing: 'keep',
    guardTo: 'empty',
    description: (who) => `Score, 0 to 10, of the newest answer of ${who} to an NPS survey in Pendo.`,
  },
};

/** Is there such a metric for this object? Visitors have no number of visitors. */
export function hasMetric(object: SyncObject, metric: PushMetric): boolean {
  return object === 'account' || metric !== 'totalVisitors';
}

/**
 * The properties to own in HubSpot for a sync, in the order of its configuration. A metric that the object does not
 * have is left out (`checkMapping` names it).
 */
export function pushDefinitions(object: SyncObject, config: PushConfig): PushDefinition[] {
  const who = object === 'visitor' ? 'this person' : 'this account';
  return config.push
    .filter(({ metric }) => hasMetric(object, metric))
    .map(({ metric, property }) => {
      const rule = rules[metric];
      return {
        metric,
        property: property ?? (rule.windowed ? `${rule.name}_${config.window}d` : rule.name),
        hubspotType: rule.hubspotType(config),
        label: rule.windowed ? `${rule.label} (${config.window} days)` : rule.label,
        description: rule.description(who, config.window),
        whenNothing: rule.whenNothing,
        guardTo: rule.guardTo,
      };
    });
}
