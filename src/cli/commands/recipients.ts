/** `crosswalk alerts recipients`: who gets alerts by e-mail. */
import type { Command } from 'commander';
import type { Recipient, RecipientList } from '../answers.ts';
import { path } from '../api-client.ts';
import { tenantArgument, withExamples } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import type { Page } from '../print/page.ts';
import { misuse } from '../problem.ts';

export function recipientCommands(alerts: Command, cli: Cli): void {
  const recipients = withExamples(
    alerts.command('recipients').description('list and change who gets alerts by e-mail'),
    'crosswalk alerts recipients list crm-4711',
  );
  const at = (id: string): string => path`/v1/tenants/${id}/alerts/recipients`;

  withExamples(
    recipients.command('list').description('list who gets alerts by e-mail').addArgument(tenantArgument()),
    'crosswalk alerts recipients list crm-4711',
  ).action((named: string) =>
    cli.tenant(named, async (id) =>
      cli.answer(await cli.api().get<RecipientList>(at(id)), (page, answer) => {
        showRecipients(page, answer.recipients);
        if (!answer.available) page.line('This installation has no mail server: nothing is sent.');
      }),
    ),
  );

  withExamples(
    recipients
      .command('add')
      .description('ask an address to get alerts; it agrees with the link in the mail')
      .addArgument(tenantArgument())
      .argument('<email>', 'the address'),
    'crosswalk alerts recipients add crm-4711 ops@example.com',
  ).action((named: string, email: string) =>
    cli.tenant(named, async (id) => {
      const added = await cli.api().post<Recipient>(at(id), { email });
      cli.answer(added, (page, recipient) => showRecipients(page, [recipient]));
      if (added.lastDelivery?.delivered === false) cli.terminal.exit(1);
    }),
  );

  withExamples(
    recipients
      .command('remove')
      .description('send an address no more alerts')
      .addArgument(tenantArgument())
      .argument('<email>', 'the address, or its id'),
    'crosswalk alerts recipients remove crm-4711 ops@example.com',
  ).action((named: string, email: string) =>
    cli.tenant(named, async (id) => {
      const { recipients: all } = await cli.api().get<RecipientList>(at(id));
      const found = all.find((one) => one.id === email || one.email === email.toLowerCase());
      if (found === undefined) {
        throw misuse('No alerts go to this address.', `See which ones do: crosswalk alerts recipients list ${named}`);
      }
      await cli.api().call('DELETE', `${at(id)}/${found.id}`);
      cli.answer({}, (page) => page.line('Removed. It gets no more alerts.'));
    }),
  );
}

function showRecipients(page: Page, recipients: readonly Recipient[]): void {
  if (recipients.length === 0) {
    page.line('Nobody gets alerts by e-mail.');
    return;
  }
  page.table(recipients, [
    { title: 'Address', value: ({ email }) => email, wraps: 'name' },
    { title: 'State', value: ({ state }) => state },
    {
      title: 'Last mail',
      value: ({ lastDelivery }) =>
        lastDelivery && (lastDelivery.delivered ? page.ago(lastDelivery.at) : `not sent: ${lastDelivery.error}`),
      wraps: 'text',
    },
  ]);
}
