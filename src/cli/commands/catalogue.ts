/** `crosswalk catalogue`: what the two accounts of a tenant hold that can be mapped. */
import type { Command } from 'commander';
import type { HubSpotProperties, PendoFields, Samples } from '../answers.ts';
import { path, query } from '../api-client.ts';
import { objectArgument, tenantArgument, withExamples } from '../arguments.ts';
import type { Cli } from '../cli.ts';

export function catalogueCommands(program: Command, cli: Cli): void {
  const catalogue = withExamples(
    program.command('catalogue').description('see what can be mapped'),
    'crosswalk catalogue hubspot-properties crm-4711 visitor',
  );
  hubSpotPropertiesCommand(catalogue, cli);
  samplesCommand(catalogue, cli);
  pendoFieldsCommand(catalogue, cli);
}

function hubSpotPropertiesCommand(catalogue: Command, cli: Cli): void {
  withExamples(
    catalogue
      .command('hubspot-properties')
      .description('list the HubSpot properties of contacts (visitor) or companies (account)')
      .addArgument(tenantArgument())
      .addArgument(objectArgument()),
    'crosswalk catalogue hubspot-properties crm-4711 visitor',
  ).action((named: string, object: string) =>
    cli.tenant(named, async (id) => {
      const at = path`/v1/tenants/${id}/catalogue/${object}/hubspot-properties`;
      cli.answer(await cli.api().get<HubSpotProperties>(at), (page, { properties }) =>
        page.table(properties, [
          { title: 'Property', value: ({ name }) => name, wraps: 'name' },
          { title: 'Label', value: ({ label }) => label, wraps: 'name' },
          { title: 'Type', value: ({ type, fieldType }) => `${type}/${fieldType}` },
          { title: 'Pull', value: ({ canBePulled }) => (canBePulled ? 'yes' : 'no') },
          { title: 'Join key', value: ({ canBeJoinKey }) => (canBeJoinKey ? 'yes' : 'no') },
        ]),
      );
    }),
  );
}

function samplesCommand(catalogue: Command, cli: Cli): void {
  withExamples(
    catalogue
      .command('samples')
      .description('show values of HubSpot properties in the records that were changed last')
      .addArgument(tenantArgument())
      .addArgument(objectArgument())
      .argument('<property...>', 'HubSpot properties'),
    'crosswalk catalogue samples crm-4711 visitor jobtitle lifecyclestage',
  ).action((named: string, object: string, properties: string[]) =>
    cli.tenant(named, async (id) => {
      const at = path`/v1/tenants/${id}/catalogue/${object}/samples`;
      const answer = await cli.api().get<Samples>(`${at}${query({ properties: properties.join(',') })}`);
      cli.answer(answer, (page, samples) =>
        page.table(samples.properties, [
          { title: 'Property', value: ({ property }) => property, wraps: 'name' },
          { title: 'Filled', value: ({ filled }) => `${filled} of ${samples.sampled}`, right: true },
          { title: 'Examples', value: ({ examples }) => examples.join(', '), wraps: 'text' },
        ]),
      );
    }),
  );
}

function pendoFieldsCommand(catalogue: Command, cli: Cli): void {
  withExamples(
    catalogue
      .command('pendo-fields')
      .description('list the Pendo metadata fields of visitors or accounts')
      .addArgument(tenantArgument())
      .addArgument(objectArgument()),
    'crosswalk catalogue pendo-fields crm-4711 account',
  ).action((named: string, object: string) =>
    cli.tenant(named, async (id) => {
      const at = path`/v1/tenants/${id}/catalogue/${object}/pendo-fields`;
      cli.answer(await cli.api().get<PendoFields>(at), (page, { fields }) =>
        page.table(fields, [
          { title: 'Group', value: ({ group }) => group },
          { title: 'Field', value: ({ name }) => name, wraps: 'name' },
          { title: 'Type', value: ({ type }) => type },
          { title: 'Display name', value: ({ displayName }) => displayName, wraps: 'name' },
        ]),
      );
    }),
  );
}
