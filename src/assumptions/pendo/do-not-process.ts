/** Whoever Pendo must not process is left out, and known by a flag of the record's own. */
import { pipelines } from '../../pendo/index.ts';
import type { SyncObject } from '../../sync/config.ts';
import { isDoNotProcess } from '../../sync/pendo-row.ts';
import { readsRecords } from '../needs.ts';
import { disproved, type PendoAssumption, proved, unknown } from '../types.ts';
import type { PendoQuestions } from './questions.ts';

/** So many of those that are marked are looked at. */
const most = 50;

export const doNotProcessVisitors = flagged('visitor', 'pendo.doNotProcessVisitors');
export const doNotProcessAccounts = flagged('account', 'pendo.doNotProcessAccounts');

function flagged(object: SyncObject, id: string): PendoAssumption {
  return {
    id,
    vendor: 'pendo',
    assumed: `${object === 'visitor' ? 'Visitors' : 'Accounts'} that Pendo must not process carry the flag \`pendo.donotprocess\` in their metadata.`,
    matters: `Values of ${object}s who asked not to be processed would be written, and counted in the figures of others.`,
    source: 'The flag is documented; that every one of those that Pendo lists has it is not.',
    check: `${most} of those that Pendo lists as not to be processed are looked up among the ${object}s.`,
    calls: 2,
    otherwise: 'stop',
    fix: `Set the flag \`donotprocess\` of these ${object}s in Pendo, or report this.`,
    neededBy: (need) => need.object === object && readsRecords(need),
    ask: (questions) => ask(questions, object),
  };
}

async function ask({ client }: PendoQuestions, object: SyncObject) {
  const name = object === 'visitor' ? 'visitorId' : 'accountId';
  const listed: string[] = [];
  await client.aggregate<Record<string, unknown>>(pipelines.doNotProcess(object, most), (row) => {
    if (typeof row[name] === 'string') listed.push(row[name]);
  });
  if (listed.length === 0) return unknown('Pendo lists nobody who must not be processed.');
  const request = { ids: listed, limit: listed.length, select: { dnp: 'metadata.pendo.donotprocess' } };
  let wrong = 0;
  // Whoever was deleted is listed, and is no record any more.
  const found = await client.aggregate<Record<string, unknown>>(
    object === 'visitor' ? pipelines.visitorsPage(request) : pipelines.accountsPage(request),
    (row) => {
      if (!isDoNotProcess(row.dnp)) wrong++;
    },
  );
  if (found === 0) return unknown(`Of ${listed.length} that Pendo lists, none is a record.`);
  const evidence = `${wrong} of ${found} records that must not be processed carry no flag.`;
  return wrong === 0 ? proved(evidence) : disproved(evidence);
}
