/** The seven fields that need no source named: the table of docs/semantics.md, section 3.1. */
import type { SyncConfig } from './config.ts';
import type { PushMetric } from './push-mapping.ts';
import type { GuardTo, PushType, WhenNothing } from './types.ts';

type VisitConfig = Pick<SyncConfig, 'visitType'>;

interface MetricRule {
  label: string;
  hubspotType: (config: VisitConfig) => PushType;
  whenNothing: WhenNothing;
  guardTo: GuardTo;
  description: (who: string, days: number) => string;
}

const number = (): PushType => 'number';
const visit = (config: VisitConfig): PushType => config.visitType;

export const metricRules: Record<PushMetric, MetricRule> = {
  firstVisit: {
    label: 'First Visit',
    hubspotType: visit,
    whenNothing: 'keep',
    guardTo: 'emptyOrZero',
    description: (who) => `When ${who} was first seen in Pendo, by the time zone of the Pendo subscription.`,
  },
  lastVisit: {
    label: 'Last Visit',
    hubspotType: visit,
    whenNothing: 'keep',
    guardTo: 'emptyOrZero',
    description: (who) => `When ${who} was last seen in Pendo, by the time zone of the Pendo subscription.`,
  },
  daysActive: {
    label: 'Days Active',
    hubspotType: number,
    whenNothing: 'zero',
    guardTo: 'emptyOrZero',
    description: (who, days) => `Days with activity of ${who} among the ${days} whole days up to yesterday.`,
  },
  timeOnApp: {
    label: 'Time on App',
    hubspotType: number,
    whenNothing: 'zero',
    guardTo: 'emptyOrZero',
    description: (who, days) =>
      `Minutes of activity of ${who} in the ${days} whole days up to yesterday. A minute spent in two tabs or two apps counts twice.`,
  },
  usageTrending: {
    label: 'Usage Trending',
    hubspotType: number,
    whenNothing: 'clear',
    guardTo: 'empty',
    description: (who, days) =>
      `Change of the minutes of ${who} in the ${days} whole days up to yesterday against the ${days} days before, in percent points: 12.5 means 12.5 % more. Empty when there were none before.`,
  },
  totalVisitors: {
    label: '# of Total Visitors',
    hubspotType: number,
    whenNothing: 'zero',
    guardTo: 'emptyOrZero',
    description: () => 'Identified visitors that Pendo has ever seen for this account.',
  },
  latestNps: {
    label: 'Latest NPS Response',
    hubspotType: number,
    whenNothing: 'keep',
    guardTo: 'empty',
    description: (who) => `Score, 0 to 10, of the newest answer of ${who} to an NPS survey in Pendo.`,
  },
};
