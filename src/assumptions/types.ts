/** What Crosswalk takes for granted about a vendor, and how an account is asked whether it is so. */
import type { HubSpotClient } from '../hubspot/index.ts';
import type { PendoSettings, SyncConfig, SyncObject } from '../sync/config.ts';
import type { Verdict } from '../sync/verdicts.ts';
import type { PendoQuestions } from './pendo/questions.ts';

/** A sync that would rest on it. */
export interface Need {
  object: SyncObject;
  config: Pick<SyncConfig, 'push' | 'pull' | 'events' | 'window' | 'apps'>;
  /** Setting of the Pendo connection, where there is one. */
  activity?: PendoSettings['activity'] | undefined;
}

interface Described {
  /** Stable: stored with the result, and shown by API and command line. */
  id: string;
  assumed: string;
  /** What goes wrong where it is not so. */
  matters: string;
  /** Where it is known from, and how well. */
  source: string;
  /** How the account is asked. */
  check: string;
  /** Calls at most. */
  calls: number;
  /** What follows where it is not so: the sync stops before it writes more, or does it in another way. */
  otherwise: 'stop' | 'otherWay';
  /** What a person does where it is not so. */
  fix: string;
  neededBy(need: Need): boolean;
}

export interface PendoAssumption extends Described {
  vendor: 'pendo';
  /** @throws `VendorError` where Pendo cannot be asked now. */
  ask(questions: PendoQuestions): Promise<Verdict>;
}

export interface HubSpotAssumption extends Described {
  vendor: 'hubspot';
  /** @throws `VendorError` where HubSpot cannot be asked now. */
  ask(client: HubSpotClient, need: Need): Promise<Verdict>;
}

/** Known only by writing: the first records of a kind are read back before others are sent (`src/activities/deliver`). */
export interface WrittenAssumption extends Described {
  vendor: 'hubspot' | 'pendo';
  /** Is this stored answer about it? */
  isAnswer(id: string): boolean;
}

/** Asked by reading alone. */
export type AskedAssumption = PendoAssumption | HubSpotAssumption;
export type Assumption = AskedAssumption | WrittenAssumption;

export const isAsked = (each: Assumption): each is AskedAssumption => 'ask' in each;

export const proved = (evidence: string): Verdict => ({ state: 'proved', evidence });
export const disproved = (evidence: string): Verdict => ({ state: 'disproved', evidence });
export const unknown = (evidence: string): Verdict => ({ state: 'unknown', evidence });
