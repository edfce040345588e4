/** An alert in the form that its receiver takes. */
import type { AlertKind } from './address.ts';

/** As it is stored. */
type StoredAlert = Record<string, unknown>;

/** The JSON to post. A webhook of one's own gets the alert as it is; chats get it in words. */
export function alertMessage(kind: AlertKind, alert: StoredAlert): unknown {
  switch (kind) {
    case 'webhook':
      return alert;
    case 'slack':
      return { text: escapeForSlack(wordsOf(alert).join('\n')) };
    case 'discord':
      // Mentions in a text of somebody else's call nobody.
      return { content: wordsOf(alert).join('\n').slice(0, discordLength), allowed_mentions: { parse: [] } };
    case 'teams':
      return teamsMessage(wordsOf(alert));
    default:
      return kind satisfies never;
  }
}

/** Longer ones are refused. */
const discordLength = 2000;

/** In Slack `<!channel>` and `<@…>` call people, and these three characters are all that makes them. */
function escapeForSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** The title first. @param tenant how the tenant is called; its id where that is left out */
export function wordsOf(
  { type, object, tenantId, message, fix, run }: StoredAlert,
  tenant = String(tenantId),
): string[] {
  const what = object === undefined ? '' : `the ${object} sync of `;
  return [
    `Crosswalk: ${titles[String(type)] ?? String(type)} (${what}${tenant})`,
    String(message),
    ...(fix ? [`What to do: ${String(fix)}`] : []),
    ...(run ? [`Run: ${String(run)}`] : []),
  ];
}

const titles: Record<string, string> = {
  held: 'a run is held',
  degraded: 'rows are refused',
  failed: 'a run failed',
  quiet: 'no run has succeeded for long',
  reconnect: 'a connection has to be made again',
  stopped: 'a sync has stopped',
  unscheduled: 'a sync has no schedule',
  recovered: 'all is well again',
  test: 'a test',
};

/** Workflows and the older connectors both take a message with an Adaptive Card. */
function teamsMessage([title = '', ...lines]: string[]): unknown {
  const block = (text: string, more = {}) => ({ type: 'TextBlock', text, wrap: true, ...more });
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          body: [block(title, { weight: 'Bolder', size: 'Medium' }), ...lines.map((line) => block(line))],
          msteams: { width: 'Full' },
        },
      },
    ],
  };
}
