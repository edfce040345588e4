/** `crosswalk connect` and `connections`: the two accounts of a tenant. */
import { type Command, Option } from 'commander';
import type {
  Assumptions,
  Connection,
  ConnectionList,
  ConnectionMade,
  ConnectionTest,
  LoginStart,
} from '../answers.ts';
import { path } from '../api-client.ts';
import { tenantArgument, vendorArgument, withExamples } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import type { Page } from '../print/page.ts';
import { sideName } from '../print/record.ts';
import { toneOf } from '../print/tones.ts';
import { showReason } from '../print/value.ts';
import { Problem } from '../problem.ts';
import { readSecret, requireSecret, type SecretSource, secretOption } from '../secret-input.ts';
import { showAssumptions } from './verify.ts';

const token: SecretSource = { what: 'HubSpot token', option: '--token-file', variable: 'CROSSWALK_VAR_HUBSPOT_TOKEN' };
const integrationKey: SecretSource = {
  what: 'Pendo integration key',
  option: '--integration-key-file',
  variable: 'CROSSWALK_VAR_PENDO_KEY',
  empty: 'empty keeps the stored one',
};

export function connectionCommands(program: Command, cli: Cli): void {
  connectCommands(program, cli);
  const connections = withExamples(
    program.command('connections').description("test and remove a tenant's connections"),
    'crosswalk connections list crm-4711',
  );

  withExamples(
    connections.command('list').description('list both connections').addArgument(tenantArgument()),
    'crosswalk connections list crm-4711',
  ).action((named: string) =>
    cli.tenant(named, async (id) => {
      const answer = await cli.api().get<ConnectionList>(path`/v1/tenants/${id}/connections`);
      cli.answer(answer, showConnections);
    }),
  );

  withExamples(
    connections
      .command('test')
      .description('test a connection step by step; exit code 1 if a step fails')
      .addArgument(tenantArgument())
      .addArgument(vendorArgument()),
    'crosswalk connections test crm-4711 hubspot',
  ).action((named: string, vendor: string) =>
    cli.tenant(named, async (id) => {
      const test = await cli.api().post<ConnectionTest>(path`/v1/tenants/${id}/connections/${vendor}/test`);
      cli.answer(test, showTest);
      if (!test.ok) cli.terminal.exit(1);
    }),
  );

  withExamples(
    connections
      .command('disconnect')
      .description("erase a credential and pause the tenant's syncs")
      .addArgument(tenantArgument())
      .addArgument(vendorArgument()),
    'crosswalk connections disconnect crm-4711 pendo',
  ).action((named: string, vendor: string) =>
    cli.tenant(named, async (id) => {
      await cli.api().call('DELETE', path`/v1/tenants/${id}/connections/${vendor}`);
      cli.answer({}, (page) => page.line(`${sideName(vendor)} is disconnected. Nothing was deleted there.`));
    }),
  );
}

interface HubSpotOptions {
  tokenFile?: string;
  login?: boolean;
  portal?: string;
  allowPortalSwap?: boolean;
}

interface PendoOptions {
  integrationKeyFile?: string;
  zone: string;
  region?: string;
  clear?: string;
  activity?: string;
  aggregations?: string;
  allowSubscriptionSwap?: boolean;
}

function connectCommands(program: Command, cli: Cli): void {
  const connect = withExamples(
    program.command('connect').description('connect HubSpot and Pendo'),
    'crosswalk connect hubspot crm-4711 --login',
  );

  withExamples(
    connect
      .command('hubspot')
      .description('connect HubSpot by token, or print the address of a login')
      .addArgument(tenantArgument())
      .addOption(secretOption(token))
      .option('--login', 'connect by a login in the browser instead of a token')
      .option('--portal <id>', 'with --login: accept only this HubSpot account')
      .option('--allow-portal-swap', 'accept another HubSpot account than before'),
    'crosswalk connect hubspot crm-4711 --login',
    'crosswalk connect hubspot crm-4711 --token-file ./hubspot-token',
    'pass hubspot/acme | crosswalk connect hubspot crm-4711 --token-file -',
  ).action((named: string, { tokenFile, login, portal: portalId, allowPortalSwap }: HubSpotOptions) =>
    cli.tenant(named, async (id) => {
      const at = path`/v1/tenants/${id}/connections/hubspot`;
      if (login) {
        const started = await cli.api().post<LoginStart>(`${at}/oauth`, { portalId, allowPortalSwap });
        cli.answer(started, (page, { url, scopes }) => {
          page.line('Open this address in a browser within ten minutes:');
          // Never wrapped: it is copied.
          cli.terminal.print(url);
          page.line(`HubSpot will ask for: ${scopes.join(', ')}`);
        });
        cli.hint(`See whether it is done: crosswalk connections list ${id}`);
        return;
      }
      const secret = await requireSecret(cli, token, tokenFile);
      await showMade(cli, id, await cli.api().put<ConnectionMade>(at, { token: secret, allowPortalSwap }));
    }),
  );

  withExamples(
    connect
      .command('pendo')
      .description('connect Pendo by integration key, or change the settings of the connection')
      .addArgument(tenantArgument())
      .requiredOption('--zone <zone>', 'time zone of the Pendo subscription, e.g. America/New_York')
      .addOption(secretOption(integrationKey))
      .addOption(new Option('--region <region>', 'where Pendo keeps the data').choices(['us', 'us1', 'eu', 'jp', 'au']))
      .addOption(
        new Option('--clear <how>', 'how a metadata field is emptied').choices(['null', 'emptyString', 'cannot']),
      )
      .addOption(
        new Option('--activity <what>', 'what counts as activity').choices(['checked', 'events', 'pagesAndFeatures']),
      )
      .option('--aggregations <n>', 'aggregation requests at a time')
      .option('--allow-subscription-swap', 'accept another Pendo subscription than before'),
    'crosswalk connect pendo crm-4711 --zone America/New_York --integration-key-file ./pendo-key',
    'crosswalk connect pendo crm-4711 --zone Europe/Berlin   # keeps the stored key',
  ).action((named: string, { integrationKeyFile, aggregations, ...settings }: PendoOptions) =>
    cli.tenant(named, async (id) => {
      const key = await readSecret(cli, integrationKey, integrationKeyFile);
      const body = { ...settings, key, ...(aggregations && { aggregations: Number(aggregations) }) };
      await showMade(cli, id, await cli.api().put<ConnectionMade>(path`/v1/tenants/${id}/connections/pendo`, body));
    }),
  );
}

/** The steps of the test, and then what the account answers to the assumptions about it: with `--json` in one answer. */
async function showMade(cli: Cli, id: string, made: ConnectionMade): Promise<void> {
  const showSteps = (page: Page, { connection, test }: ConnectionMade): void => {
    showConnections(page, { connections: [connection] });
    page.line();
    showTest(page, test);
  };
  if (!made.test.ok) {
    cli.answer(made, showSteps);
    cli.terminal.exit(1);
    return;
  }
  if (cli.json()) {
    cli.answer({ ...made, ...(await askAccount(cli, id, made)) }, () => undefined);
    return;
  }
  cli.answer(made, showSteps);
  cli.hint(`Asking ${sideName(made.connection.vendor)} whether it works as assumed, for a minute at most.`);
  const asked = await askAccount(cli, id, made);
  if (asked !== undefined) cli.answer(asked, showAssumptions);
}

/** The connection stands, whatever comes of this: runs ask by themselves before they write. */
async function askAccount(cli: Cli, id: string, { connection }: ConnectionMade): Promise<Assumptions | undefined> {
  const { vendor } = connection;
  try {
    const { assumptions } = await cli
      .api()
      .post<Assumptions>(`${path`/v1/tenants/${id}/assumptions/verify`}?vendor=${vendor}`);
    return { assumptions: assumptions.filter((each) => each.vendor === vendor) };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    cli.hint(`${error.message} Runs ask by themselves; crosswalk verify ${id} asks again.`);
    return undefined;
  }
}

function showConnections(page: Page, { connections }: ConnectionList): void {
  if (connections.length === 0) page.line('Nothing is connected yet.');
  else
    page.table(connections, [
      { title: 'Vendor', value: ({ vendor }) => sideName(vendor) },
      { title: 'State', value: ({ state }) => state, tone: ({ state }) => toneOf(state) },
      { title: 'By', value: ({ kind }) => kind },
      { title: 'Account', value: account, wraps: 'text' },
      { title: 'Settings', value: ({ settings }) => pairs(settings), wraps: 'text' },
      { title: 'Checked', value: ({ checkedAt }) => page.ago(checkedAt) },
    ]);
  for (const { reason } of connections) showReason(page, reason, 2);
}

/** The API calls it by more names; `--json` has them all. */
function account({ identity, settings }: Connection): string {
  const { portalName, portalId } = identity ?? {};
  if (portalId === undefined) return settings.region === undefined ? '' : `Pendo ${String(settings.region)}`;
  return portalName === undefined ? `portal ${String(portalId)}` : `${String(portalName)} (${String(portalId)})`;
}

function pairs(values: Record<string, unknown> | null | undefined): string {
  return Object.entries(values ?? {})
    .filter(([, value]) => typeof value !== 'object')
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ');
}

function showTest(page: Page, { ok, temporary, steps }: ConnectionTest): void {
  page.table(steps, [
    { title: 'Step', value: ({ step, object }) => (object === undefined ? step : `${step}, ${object}`) },
    { title: 'Result', value: ({ state }) => state, tone: ({ state }) => toneOf(state) },
    { title: 'Message', value: ({ message, fix }) => [message, fix].filter(Boolean).join(' '), wraps: 'text' },
  ]);
  page.line(ok ? 'The connection works.' : `The connection does not work${temporary ? ' now; this may pass' : ''}.`);
}
