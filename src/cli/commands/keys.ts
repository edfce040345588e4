/** `crosswalk keys` and `sessions`: API keys, who is signed in with them, and the encryption key. */
import { type Command, Option } from 'commander';
import type { KeyList, MadeKey, SessionList } from '../answers.ts';
import { path, query } from '../api-client.ts';
import { limitOption, withExamples } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import type { Page } from '../print/page.ts';

interface CreateOptions {
  name: string;
  scopes: string;
  tenant?: string;
  expires?: string;
  network?: string[];
}

interface ListOptions {
  tenant?: string;
  limit?: string;
  before?: string;
}

export function keyCommands(program: Command, cli: Cli): void {
  const keys = withExamples(
    program.command('keys').description('API keys, and the encryption key'),
    'crosswalk keys list',
  );

  listCommand(keys, cli);
  createCommand(keys, cli);
  revokeCommand(keys, cli);
  rotateCommand(keys, cli);
  sessionCommands(program, cli);
}

function listCommand(keys: Command, cli: Cli): void {
  withExamples(
    keys
      .command('list')
      .description('list API keys, newest first')
      .option('-t, --tenant <tenant>', 'only of this tenant')
      .addOption(limitOption())
      .option('--before <id>', 'the next page: `next` of the page before'),
    'crosswalk keys list',
  ).action(({ tenant, limit, before }: ListOptions) => {
    const list = async (tenantId?: string) => {
      const answer = await cli.api().get<KeyList>(`/v1/keys${query({ tenantId, limit, before })}`);
      cli.answer(answer, showKeys);
      if (answer.next !== null) cli.hint(`More: the same with --before ${answer.next}`);
    };
    return tenant === undefined ? list() : cli.tenant(tenant, list);
  });
}

function createCommand(keys: Command, cli: Cli): void {
  withExamples(
    keys
      .command('create')
      .description('create an API key; it is printed once')
      .requiredOption('-n, --name <name>', 'what it is for')
      .requiredOption('-s, --scopes <scopes>', 'of read, operate and admin, separated by commas')
      .option('-t, --tenant <tenant>', 'bind it to one tenant')
      .option('--expires <time>', 'when it ends, e.g. 2027-01-31T00:00:00Z')
      .addOption(
        new Option('--network <cidr>', 'may be used from there only, e.g. 203.0.113.0/24; may be repeated').argParser(
          (network: string, before: string[] = []) => [...before, network],
        ),
      ),
    "crosswalk keys create --name 'nightly export' --scopes read --tenant crm-4711",
  ).action(({ name, scopes, tenant, expires: expiresAt, network: networks }: CreateOptions) => {
    const create = async (tenantId?: string) => {
      const body = { name, scopes: scopes.split(',').map((scope) => scope.trim()), tenantId, expiresAt, networks };
      const made = await cli.api().post<MadeKey>('/v1/keys', body);
      // Alone on standard output, so that it can be piped into a safe place.
      cli.answer(made, (page, { secret }) => page.line(secret));
      cli.hint(`This is the only time that key ${made.key.id} is shown.`);
    };
    return tenant === undefined ? create() : cli.tenant(tenant, create);
  });
}

function revokeCommand(keys: Command, cli: Cli): void {
  withExamples(
    keys
      .command('revoke')
      .description('revoke an API key')
      .argument('<key>', 'its id, as the list shows it')
      .option('--with-made', 'also the keys that it made, and those that these made'),
    'crosswalk keys revoke k_9f2c4e6a8b0d1f3a5c',
  ).action(async (key: string, { withMade }: { withMade?: true }) => {
    await cli.api().call('DELETE', `${path`/v1/keys/${key}`}${query({ withMade: withMade && 'true' })}`);
    cli.answer({}, (page) => page.line(`Key ${key} is revoked${withMade ? ', with the keys that it made' : ''}.`));
  });
}

function rotateCommand(keys: Command, cli: Cli): void {
  withExamples(
    keys
      .command('rotate')
      .description('seal every credential anew under CROSSWALK_ENCRYPTION_KEY, while everything runs'),
    'crosswalk keys rotate',
  ).action(async () => {
    const { rotateCredentials } = await import('../rotate-credentials.ts');
    const rotated = await rotateCredentials(cli.terminal.env);
    cli.answer(rotated, (page, { tenants, secrets, key }) => {
      page.line(`Sealed ${secrets} credentials of ${tenants} tenants under the key ${key}.`);
      page.line('CROSSWALK_PREVIOUS_ENCRYPTION_KEY can be taken away once every process runs with the new key.');
    });
  });
}

function sessionCommands(program: Command, cli: Cli): void {
  const sessions = withExamples(
    program.command('sessions').description('who is signed in to the console'),
    'crosswalk sessions list',
  );
  withExamples(
    sessions
      .command('list')
      .description('list open sessions, begun last first')
      .addOption(limitOption())
      .option('--before <id>', 'the next page: `next` of the page before'),
    'crosswalk sessions list',
  ).action(async ({ limit, before }: ListOptions) => {
    const answer = await cli.api().get<SessionList>(`/v1/sessions${query({ limit, before })}`);
    cli.answer(answer, showSessions);
    if (answer.next !== null) cli.hint(`More: the same with --before ${answer.next}`);
  });
  withExamples(
    sessions.command('end').description('end a session').argument('<session>', 'its id, as the list shows it'),
    'crosswalk sessions end s_1b2c3d4e5f',
  ).action(async (session: string) => {
    await cli.api().call('DELETE', path`/v1/sessions/${session}`);
    cli.answer({}, (page) => page.line(`Session ${session} has ended.`));
  });
}

function showKeys(page: Page, { keys }: KeyList): void {
  page.table(keys, [
    { title: 'Id', value: ({ id }) => id },
    { title: 'Name', value: ({ name }) => name, wraps: 'name' },
    { title: 'Begins with', value: ({ prefix }) => prefix },
    { title: 'Scopes', value: ({ scopes }) => scopes.join(', ') },
    { title: 'Tenant', value: ({ tenantId }) => tenantId ?? 'all' },
    { title: 'From', value: ({ networks }) => networks?.join(', ') ?? 'anywhere', wraps: 'name' },
    { title: 'Last used', value: ({ lastUsedAt }) => page.ago(lastUsedAt) || 'never' },
    {
      title: 'State',
      value: ({ revokedAt, expiresAt }) =>
        revokedAt !== null ? 'revoked' : expiresAt !== null ? `expires ${page.ago(expiresAt)}` : '',
    },
  ]);
}

function showSessions(page: Page, { sessions }: SessionList): void {
  if (sessions.length === 0) page.line('Nobody is signed in.');
  else
    page.table(sessions, [
      { title: 'Id', value: ({ id }) => id },
      { title: 'Key', value: ({ key }) => key.name, wraps: 'name' },
      { title: 'Tenant', value: ({ tenantId }) => tenantId ?? 'all' },
      { title: 'Browser', value: ({ agent }) => agent, wraps: 'name' },
      { title: 'Last used', value: ({ seenAt }) => page.ago(seenAt) },
      { title: 'Ends', value: ({ expiresAt }) => page.ago(expiresAt) },
    ]);
}
