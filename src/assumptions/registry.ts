/** Everything that is taken for granted and that an account can be asked, most dangerous first. docs/vendors.md is made from it. */
import { namesLimits } from './hubspot/limits.ts';
import { afterAnyId } from './hubspot/list.ts';
import { searchesById } from './hubspot/search.ts';
import { eventsAreActivity } from './pendo/activity.ts';
import { allGuides, answersByApp, longAnswers } from './pendo/answers.ts';
import { distinctDays, missingMinutes } from './pendo/arithmetic.ts';
import { daysOfZone, seriesForward } from './pendo/days.ts';
import { doNotProcessAccounts, doNotProcessVisitors } from './pendo/do-not-process.ts';
import { idOrder } from './pendo/order.ts';
import { trackProperties } from './pendo/track-properties.ts';
import { type AskedAssumption, type Assumption, isAsked } from './types.ts';
import { hubspotStores, pendoClears, pendoStores } from './written.ts';

export const assumptions: readonly Assumption[] = [
  distinctDays,
  seriesForward,
  idOrder,
  eventsAreActivity,
  pendoClears,
  pendoStores,
  missingMinutes,
  daysOfZone,
  doNotProcessVisitors,
  doNotProcessAccounts,
  allGuides,
  answersByApp,
  longAnswers,
  trackProperties,
  afterAnyId,
  searchesById,
  namesLimits,
  hubspotStores,
];

export const askedAssumptions: readonly AskedAssumption[] = assumptions.filter(isAsked);
