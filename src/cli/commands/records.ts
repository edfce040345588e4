/** `crosswalk records`, `find` and `why`: what became of each record, and why. */
import { Argument, type Command, Option } from 'commander';
import { typeableId } from '../../sync/typed-id.ts';
import type { CheckedRecord, DeliveringRun, FoundRecords, RecordOutcome, RecordPage } from '../answers.ts';
import { path, query } from '../api-client.ts';
import {
  limitOption,
  objectArgument,
  outputOption,
  quoted,
  runArgument,
  tenantArgument,
  withExamples,
} from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { downloadTo } from '../download.ts';
import { explainRecords } from '../explain-records.ts';
import { followRun } from '../follow-run.ts';
import type { Page } from '../print/page.ts';
import { sideName } from '../print/record.ts';
import { toneOf } from '../print/tones.ts';
import { change, reasonText, shownValue } from '../print/value.ts';

interface ListOptions {
  leg: string;
  outcome?: string;
  limit?: string;
  after?: string;
  csv?: true;
  output?: string;
}

export function recordCommands(program: Command, cli: Cli): void {
  recordsCommand(program, cli);
  findCommand(program, cli);
  checkCommand(program, cli);
  deliverCommand(program, cli);
  whyCommand(program, cli);
}

function recordsCommand(program: Command, cli: Cli): void {
  withExamples(
    program
      .command('records')
      .description('list the records of a run by outcome')
      .addArgument(tenantArgument())
      .addArgument(runArgument())
      .addOption(
        new Option('--leg <leg>', 'pull: HubSpot records; push: Pendo records')
          .choices(['pull', 'push'])
          .makeOptionMandatory(),
      )
      .option('--outcome <outcome>', 'only these, e.g. rejected, ambiguous, unmatched or written')
      .addOption(limitOption())
      .option('--after <id>', 'the next page: `next` of the page before')
      .option('--csv', 'all of them as CSV')
      .addOption(outputOption()),
    'crosswalk records crm-4711 42 --leg push --outcome rejected',
    'crosswalk records crm-4711 42 --leg pull --csv -o pull.csv',
  ).action((named: string, run: string, { leg, outcome, limit, after, csv, output }: ListOptions) =>
    cli.tenant(named, async (id) => {
      const at = path`/v1/tenants/${id}/runs/${run}/records`;
      if (csv) {
        await downloadTo(cli, `${at}.csv${query({ leg, outcome })}`, output);
        return;
      }
      const answer = await cli.api().get<RecordPage>(`${at}${query({ leg, outcome, limit, after })}`);
      cli.answer(answer, (page, { records }) => showOutcomes(page, leg, records));
      if (answer.next !== null) cli.hint(`More: the same with --after ${quoted(answer.next)}; all of them: --csv`);
    }),
  );
}

function findCommand(program: Command, cli: Cli): void {
  withExamples(
    program
      .command('find')
      .description('find a record by e-mail address, join value, id or the address of its page')
      .addArgument(tenantArgument())
      .argument('<text>', 'what you have of it'),
    'crosswalk find crm-4711 ann@example.com',
  ).action((named: string, text: string) =>
    cli.tenant(named, async (id) =>
      cli.answer(await cli.api().post<FoundRecords>(path`/v1/tenants/${id}/records/search`, { text }), showFound),
    ),
  );
}

function checkCommand(program: Command, cli: Cli): void {
  withExamples(
    program
      .command('check')
      .description('read one record from both vendors now, and compare it; nothing is written')
      .addArgument(tenantArgument())
      .addArgument(objectArgument())
      .addArgument(new Argument('<side>', 'whose id it is').choices(['hubspot', 'pendo']))
      .argument('<id>', 'the id there'),
    'crosswalk check crm-4711 visitor hubspot 33451',
  ).action((named: string, object: string, side: 'hubspot' | 'pendo', record: string) =>
    cli.tenant(named, async (id) => {
      const body = side === 'hubspot' ? { hubspotId: record } : { pendoId: record };
      const at = path`/v1/tenants/${id}/syncs/${object}/records/check`;
      cli.answer(await cli.api().post<CheckedRecord>(at, body), showChecked);
    }),
  );
}

function deliverCommand(program: Command, cli: Cli): void {
  withExamples(
    program
      .command('deliver')
      .description('deliver one record now, in both directions; exit code 1 if its run does not succeed')
      .addArgument(tenantArgument())
      .addArgument(objectArgument())
      .addArgument(new Argument('<side>', 'whose id it is').choices(['hubspot', 'pendo']))
      .argument('<id>', 'the id there'),
    'crosswalk deliver crm-4711 visitor hubspot 33451',
  ).action((named: string, object: string, side: 'hubspot' | 'pendo', record: string) =>
    cli.tenant(named, async (id) => {
      const body = side === 'hubspot' ? { hubspotId: record } : { pendoId: record };
      const at = path`/v1/tenants/${id}/syncs/${object}/records/deliver`;
      const run = await cli.api().post<DeliveringRun>(at, body);
      cli.hint(`Run ${run.id} delivers this record.`);
      await followRun(cli, id, run.id);
    }),
  );
}

function whyCommand(program: Command, cli: Cli): void {
  withExamples(
    program
      .command('why')
      .description('was this record synced, and if not, why?')
      .usage('[options] <tenant> [visitor|account] [hubspot|pendo] <record>')
      .addArgument(tenantArgument())
      .argument(
        '<record...>',
        'e-mail address, join value, id or address of its page; before it, what narrows it down',
      ),
    'crosswalk why crm-4711 ann@example.com',
    'crosswalk why crm-4711 https://app.hubspot.com/contacts/123/record/0-1/33451',
    'crosswalk why crm-4711 visitor hubspot 33451',
  ).action((named: string, words: string[]) => cli.tenant(named, (id) => explainRecords(cli, id, words)));
}

function showOutcomes(page: Page, leg: string, records: readonly RecordOutcome[]): void {
  if (records.length === 0) {
    page.line('No record has this outcome.');
    return;
  }
  const [source, target] = leg === 'pull' ? ['HubSpot', 'Pendo'] : ['Pendo', 'HubSpot'];
  page.table(records, [
    { title: source, value: ({ id }) => typeableId(id), wraps: 'name' },
    { title: target, value: ({ partnerId }) => partnerId && typeableId(partnerId), wraps: 'name' },
    { title: 'Outcome', value: ({ outcome }) => outcome, tone: ({ outcome }) => toneOf(outcome) },
    { title: 'Since run', value: ({ sinceRun }) => sinceRun, right: true },
    { title: 'Changes', value: changes, wraps: 'text' },
    { title: 'Reason', value: reasons, wraps: 'text' },
  ]);
}

function changes({ changes: changed }: RecordOutcome): string {
  return Object.entries(changed ?? {})
    .map(([field, [from, to]]) => `${field}: ${change(from, to)}`)
    .join('; ');
}

function reasons({ reason, refused }: RecordOutcome): string {
  const ofFields = Object.entries(refused ?? {}).map(
    ([field, { code, vendorText }]) => `${field} was refused (${code}). The vendor said: ${vendorText}`,
  );
  return [reasonText(reason), ...ofFields].filter(Boolean).join(' ');
}

function showChecked(page: Page, { hubspotId, pendoId, excluded, legs }: CheckedRecord): void {
  page.facts([
    ['HubSpot', hubspotId ?? 'no such record'],
    ['Pendo', pendoId === null ? 'no such record' : typeableId(pendoId)],
    excluded && ['Excluded', 'marked do-not-process in Pendo'],
  ]);
  const fields = [
    ...legs.pull.map((field) => ({ ...field, to: 'Pendo' })),
    ...legs.push.map((field) => ({ ...field, to: 'HubSpot' })),
  ];
  if (fields.length === 0) return;
  page.line();
  page.table(fields, [
    { title: 'To', value: ({ to }) => to },
    { title: 'Field', value: ({ field }) => field, wraps: 'name' },
    { title: 'Source', value: ({ source, read }) => (read ? shownValue(source) : 'left to runs'), wraps: 'text' },
    { title: 'Target', value: ({ target }) => shownValue(target), wraps: 'text' },
    { title: 'Equal', value: ({ equal, read }) => (read ? (equal ? 'yes' : 'no') : '') },
  ]);
}

function showFound(page: Page, { records, forgotten }: FoundRecords): void {
  if (records.length === 0 && forgotten.length === 0) page.line('No record that was read so far has this name.');
  for (const object of forgotten)
    page.line(`Forgotten: runs leave out a ${object} with this name, and nothing of it is kept.`);
  if (records.length > 0)
    page.table(records, [
      { title: 'Sync', value: ({ object }) => object },
      { title: 'Side', value: ({ side }) => sideName(side) },
      { title: 'Id', value: ({ id }) => typeableId(id), wraps: 'name' },
      { title: 'Key', value: ({ key }) => key, wraps: 'name' },
      { title: 'Found by', value: ({ found }) => found },
      { title: 'Outcome', value: ({ outcome }) => outcome, tone: ({ outcome }) => toneOf(outcome ?? '') },
    ]);
}
