/** `crosswalk catalogue`: what the two accounts of a tenant hold that can be mapped. */
import { Argument, type Command } from 'commander';
import { listedKinds } from '../../sync/pendo-items.ts';
import type { HubSpotProperties, PendoFields, PendoItems, Samples, TrackProperties } from '../answers.ts';
import { path, query } from '../api-client.ts';
import { limitOption, objectArgument, tenantArgument, withExamples } from '../arguments.ts';
import type { Cli } from '../cli.ts';

export function catalogueCommands(program: Command, cli: Cli): void {
  const catalogue = withExamples(
    program.command('catalogue').description('see what can be mapped'),
    'crosswalk catalogue hubspot-properties crm-4711 visitor',
  );
  hubSpotPropertiesCommand(catalogue, cli);
  samplesCommand(catalogue, cli);
  pendoFieldsCommand(catalogue, cli);
  pendoItemsCommand(catalogue, cli);
  trackPropertiesCommand(catalogue, cli);
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
      .addArgument(objectArgument())
      .option('--search <text>', 'only those with this in their name'),
    'crosswalk catalogue pendo-fields crm-4711 account',
  ).action((named: string, object: string, { search }: { search?: string }) =>
    cli.tenant(named, async (id) => {
      const at = `${path`/v1/tenants/${id}/catalogue/${object}/pendo-fields`}${query({ search })}`;
      cli.answer(await cli.api().get<PendoFields>(at), (page, { fields }) =>
        page.table(fields, [
          { title: 'Group', value: ({ group }) => group },
          { title: 'Field', value: ({ name }) => name, wraps: 'name' },
          { title: 'Type', value: ({ type }) => type },
          { title: 'Display name', value: ({ displayName }) => displayName, wraps: 'name' },
          { title: 'Push as', value: ({ hubspotType }) => hubspotType ?? 'no' },
        ]),
      );
    }),
  );
}

interface ItemsOptions {
  search?: string;
  limit?: string;
  after?: string;
}

function pendoItemsCommand(catalogue: Command, cli: Cli): void {
  withExamples(
    catalogue
      .command('pendo-items')
      .description('list what can be pushed by its id: pages, features, track types, segments, surveys')
      .addArgument(tenantArgument())
      .addArgument(new Argument('<kind>').choices(listedKinds))
      .option('--search <text>', 'only those with this in their name or id')
      .addOption(limitOption())
      .option('--after <next>', 'the next page: `next` of the page before'),
    'crosswalk catalogue pendo-items crm-4711 features --search export',
  ).action((named: string, kind: string, { search, limit, after }: ItemsOptions) =>
    cli.tenant(named, async (id) => {
      const at = `${path`/v1/tenants/${id}/catalogue/pendo/${kind}`}${query({ search, limit, after })}`;
      const answer = await cli.api().get<PendoItems>(at);
      cli.answer(answer, (page, { items }) => {
        if (items.length === 0) page.line('Pendo lists none.');
        else
          page.table(items, [
            { title: 'Name', value: ({ name }) => name, wraps: 'name' },
            { title: 'Id', value: ({ id: own }) => own },
            { title: 'App', value: ({ app }) => app?.name ?? app?.id },
            { title: 'Group', value: ({ group }) => group, wraps: 'name' },
            { title: 'Changed', value: ({ changedAt }) => page.ago(changedAt) },
          ]);
      });
      if (answer.next !== null) cli.hint(`More: the same with --after ${answer.next}`);
    }),
  );
}

function trackPropertiesCommand(catalogue: Command, cli: Cli): void {
  withExamples(
    catalogue
      .command('track-properties')
      .description('list the properties that a track event had lately: an entry of `events` may choose them')
      .addArgument(tenantArgument())
      .argument('<id>', 'of the track type, as `catalogue pendo-items` lists it'),
    'crosswalk catalogue track-properties crm-4711 CvK2nXbJ0bqzWUX6Q0mXTZf0WbE',
  ).action((named: string, trackType: string) =>
    cli.tenant(named, async (id) => {
      const at = path`/v1/tenants/${id}/catalogue/pendo/track-types/${trackType}/properties`;
      cli.answer(await cli.api().get<TrackProperties>(at), (page, { rows, properties }) => {
        if (properties.length === 0) page.line('It had none lately.');
        else
          page.table(properties, [
            { title: 'Property', value: ({ name }) => name, wraps: 'name' },
            { title: 'Values', value: ({ kinds }) => kinds.join(', ') },
            { title: 'Filled', value: (one) => `${one.rows} of ${rows}`, right: true },
            { title: 'Seen', value: ({ lastSeen }) => page.ago(lastSeen) },
            { title: 'In HubSpot', value: ({ property }) => property ?? 'cannot be chosen' },
          ]);
      });
    }),
  );
}
