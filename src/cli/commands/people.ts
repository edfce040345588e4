/** `crosswalk forget` and `readmit`: a person's wish, and the way back. */
import type { Command } from 'commander';
import type { Forgotten, Readmitted } from '../answers.ts';
import { path } from '../api-client.ts';
import { objectArgument, tenantArgument, withExamples } from '../arguments.ts';
import type { Cli } from '../cli.ts';

interface NameOptions {
  hubspotId?: string;
  pendoId?: string;
  key?: string;
  reference?: string;
}

export function peopleCommands(program: Command, cli: Cli): void {
  const aboutPerson = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .addArgument(tenantArgument())
      .addArgument(objectArgument())
      .option('--hubspot-id <id>', 'id of the HubSpot record')
      .option('--pendo-id <id>', 'id of the Pendo visitor or account')
      .option('--key <text>', 'the join value, in any spelling');

  withExamples(
    aboutPerson(
      'forget',
      'erase a person or account here, and leave it out of every later run; nothing is deleted at the vendors',
    ),
    'crosswalk forget crm-4711 visitor --key ann@example.com',
  ).action((named: string, object: string, names: NameOptions) =>
    cli.tenant(named, async (id) => {
      const forgotten = await cli.api().post<Forgotten>(path`/v1/tenants/${id}/syncs/${object}/forget`, names);
      cli.answer(forgotten, (page, { erased, suppressed }) =>
        page.line(`Forgotten: ${erased} rows erased, ${suppressed} names left out from now on.`),
      );
    }),
  );

  withExamples(
    aboutPerson('readmit', 'take back that a person or account was forgotten, after a new consent').option(
      '--reference <text>',
      'where the consent is on record; kept in the audit trail, so name nobody',
    ),
    'crosswalk readmit crm-4711 visitor --key ann@example.com --reference TICKET-7',
  ).action((named: string, object: string, names: NameOptions) =>
    cli.tenant(named, async (id) => {
      const readmitted = await cli.api().post<Readmitted>(path`/v1/tenants/${id}/syncs/${object}/readmit`, names);
      cli.answer(readmitted, (page, { readmitted: n }) =>
        page.line(`Readmitted: ${n} names are free again. The next full run reads the record.`),
      );
    }),
  );
}
