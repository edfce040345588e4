/** What a source is asked with for the records of a page, and what comes of it. */
import type { PendoClient } from '../../pendo/index.ts';
import type { Columns } from '../../sync/columns.ts';
import type { SyncConfig, SyncObject } from '../../sync/config.ts';
import type { Plan } from '../../sync/types.ts';
import type { Learning } from '../step/learning.ts';
import type { Instants } from './instants.ts';
import type { Excluded, PageIds } from './pendo-people.ts';

/** What every question of a run is asked with. */
export interface Reading {
  pendo: PendoClient;
  object: SyncObject;
  config: SyncConfig;
  plan: Plan;
  instants: Instants;
  excluded: Excluded;
  learning: Learning;
}

/** Reads one source for the records of a page. */
export type ColumnReader = (page: PageIds) => Promise<Columns>;
