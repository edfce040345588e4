/** `crosswalk forget` and `readmit`: a person's wish, and the way back. */
import { Argument, type Command } from 'commander';
import { syncObjects } from '../sync/config.ts';
import type { ApiClient } from './api-client.ts';
import type { Terminal } from './terminal.ts';

interface NameOptions {
  hubspotId?: string;
  pendoId?: string;
  key?: string;
  reference?: string;
}

export function peopleCommands(program: Command, client: () => ApiClient, terminal: Terminal): void {
  const aboutPerson = (
    name: string,
    description: string,
    done: (path: string, names: NameOptions) => Promise<string>,
  ) =>
    program
      .command(name)
      .description(description)
      .argument('<tenant>', "the tenant's id")
      .addArgument(new Argument('<object>', 'visitor (contacts) or account (companies)').choices([...syncObjects]))
      .option('--hubspot-id <id>', 'id of the HubSpot record')
      .option('--pendo-id <id>', 'id of the Pendo visitor or account')
      .option('--key <text>', 'the join value, in any spelling')
      .action(async (tenant: string, object: string, names: NameOptions) => {
        terminal.print(await done(`/v1/tenants/${tenant}/syncs/${object}`, names));
      });

  aboutPerson(
    'forget',
    'erase a person or account here, and leave it out of every later run; nothing is deleted at the vendors',
    async (path, names) => {
      const { erased, suppressed } = await client().call('POST', `${path}/forget`, names);
      return `Forgotten: ${erased} rows erased, ${suppressed} names left out from now on.`;
    },
  );
  aboutPerson(
    'readmit',
    'take back that a person or account was forgotten, after a new consent',
    async (path, names) => {
      const { readmitted } = await client().call('POST', `${path}/readmit`, names);
      return `Readmitted: ${readmitted} names are free again. The next full run reads the record.`;
    },
  ).option('--reference <text>', 'where the consent is on record; kept in the audit trail, so name nobody');
}
