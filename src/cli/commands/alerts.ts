/** `crosswalk alerts`: what was reported about a tenant's syncs, and where reports go. */
import { type Command, Option } from 'commander';
import type { AlertDelivery, AlertList, AlertTarget } from '../answers.ts';
import { path, query } from '../api-client.ts';
import { limitOption, tenantArgument, withExamples } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import type { Page } from '../print/page.ts';
import { toneOf } from '../print/tones.ts';
import { requireSecret, type SecretSource, secretOption } from '../secret-input.ts';

/** Slack, Teams and Discord know a sender by the address alone. */
const address: SecretSource = { what: 'alert address', option: '--url-file', variable: 'CROSSWALK_VAR_ALERT_URL' };

export function alertCommands(program: Command, cli: Cli): void {
  const alerts = withExamples(
    program.command('alerts').description('list alerts, and set where they go'),
    'crosswalk alerts list crm-4711',
  );

  withExamples(
    alerts
      .command('list')
      .description('list alerts, newest first')
      .addArgument(tenantArgument())
      .addOption(limitOption()),
    'crosswalk alerts list crm-4711',
  ).action((named: string, { limit }: { limit?: string }) =>
    cli.tenant(named, async (id) =>
      cli.answer(await cli.api().get<AlertList>(`${path`/v1/tenants/${id}/alerts`}${query({ limit })}`), showAlerts),
    ),
  );

  withExamples(
    alerts.command('target').description('show where alerts go').addArgument(tenantArgument()),
    'crosswalk alerts target crm-4711',
  ).action((named: string) =>
    cli.tenant(named, async (id) =>
      cli.answer(await cli.api().get<AlertTarget>(path`/v1/tenants/${id}/alerts/target`), showTarget),
    ),
  );

  setCommand(alerts, cli);

  withExamples(
    alerts.command('remove').description('send no alerts any more').addArgument(tenantArgument()),
    'crosswalk alerts remove crm-4711',
  ).action((named: string) =>
    cli.tenant(named, async (id) => {
      await cli.api().call('DELETE', path`/v1/tenants/${id}/alerts/target`);
      cli.answer({}, (page) => page.line('The address is removed. No alerts are sent.'));
    }),
  );

  withExamples(
    alerts
      .command('test')
      .description('send a test alert; exit code 1 if it does not arrive')
      .addArgument(tenantArgument()),
    'crosswalk alerts test crm-4711',
  ).action((named: string) =>
    cli.tenant(named, async (id) => {
      const delivery = await cli.api().post<AlertDelivery>(path`/v1/tenants/${id}/alerts/target/test`);
      cli.answer(delivery, (page, shown) => page.line(deliveryText(shown)));
      if (!delivery.delivered) cli.terminal.exit(1);
    }),
  );
}

function setCommand(alerts: Command, cli: Cli): void {
  withExamples(
    alerts
      .command('set')
      .description('set where alerts go')
      .addArgument(tenantArgument())
      .addOption(secretOption(address))
      .addOption(
        new Option('--kind <kind>', 'what the receiver expects; left out: known by the address').choices([
          'webhook',
          'slack',
          'teams',
          'discord',
        ]),
      )
      .option('--quiet-hours <n>', 'alert when no run has succeeded for so many hours')
      .option('--off', 'keep the address and send nothing')
      .option('--rotate-secret', 'sign with a new secret'),
    'crosswalk alerts set crm-4711 --url-file ./slack-address',
  ).action(
    (
      named: string,
      options: { urlFile?: string; kind?: string; quietHours?: string; off?: true; rotateSecret?: true },
    ) =>
      cli.tenant(named, async (id) => {
        const url = await requireSecret(cli, address, options.urlFile);
        const { kind, quietHours, off, rotateSecret } = options;
        const set = await cli.api().put<AlertTarget>(path`/v1/tenants/${id}/alerts/target`, {
          url,
          kind,
          rotateSecret,
          ...(off && { enabled: false }),
          ...(quietHours !== undefined && { quietHours: Number(quietHours) }),
        });
        cli.answer(set, showTarget);
        cli.hint(`Try it: crosswalk alerts test ${id}`);
      }),
  );
}

function deliveryText({ delivered, status, answer, error }: AlertDelivery): string {
  if (delivered) return `Delivered${status === null ? '' : ` (status ${status})`}.`;
  return `Not delivered: ${error ?? 'nobody answered'}.${answer ? ` The receiver said: ${answer}` : ''}`;
}

function showTarget(page: Page, target: AlertTarget): void {
  const { url, kind, enabled, quietHours, lastDelivery, secret } = target;
  page.facts([
    ['Address', url ?? 'cannot be read any more: set it again'],
    ['Kind', kind ?? ''],
    ['State', enabled ? 'enabled' : 'disabled', toneOf(enabled ? 'enabled' : 'disabled')],
    ['Quiet after', `${quietHours} h`],
    ['Last sent', lastDelivery === null ? '' : `${page.exactly(lastDelivery.at)}. ${deliveryText(lastDelivery)}`],
    ['Signing secret', secret === undefined ? '' : `${secret} (shown only now)`],
  ]);
}

function showAlerts(page: Page, { alerts }: AlertList): void {
  if (alerts.length === 0) page.line('No alert was raised yet.');
  else
    page.table(alerts, [
      { title: 'When', value: ({ at }) => page.ago(at) },
      { title: 'Sync', value: ({ object }) => object },
      { title: 'Change', value: ({ type }) => type, tone: ({ type }) => toneOf(type) },
      { title: 'Message', value: ({ body }) => String(body.message ?? ''), wraps: 'text' },
      {
        title: 'Delivery',
        value: ({ deliveredAt, attempts, lastError }) =>
          deliveredAt === null ? `${attempts} attempts${lastError ? `: ${lastError}` : ''}` : 'delivered',
        wraps: 'text',
      },
    ]);
}
