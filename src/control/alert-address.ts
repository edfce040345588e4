/**
 * Where alerts may go, what kind of receiver answers there, and how an address is shown. The addresses of chat services are
 * secrets: whoever knows one can post, and the secret stands in the path.
 */
import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { isPublicAddress } from '../egress/index.ts';
import { type FieldProblem, invalid } from './errors.ts';

export const alertKinds = ['webhook', 'slack', 'teams', 'discord'] as const;
export type AlertKind = (typeof alertKinds)[number];

interface Service {
  kind: AlertKind;
  name: string;
  hosts: RegExp;
  /** Addresses that take posts. Others of these hosts are pages, or were cut off in copying. */
  paths: RegExp;
  /** What an address looks like. */
  example: string;
}

/** Slack: docs.slack.dev, "Sending messages using incoming webhooks". Discord: its documentation, "Execute Webhook". Teams: Microsoft Learn, "Create incoming webhooks with Workflows". */
const services: readonly Service[] = [
  {
    kind: 'slack',
    name: 'Slack',
    hosts: /^(hooks\.slack(-gov)?\.com|(app\.|.*\.)?slack\.com)$/,
    paths: /^hooks\.slack(-gov)?\.com\/(services\/[^/]+\/[^/]+\/[^/]+|(workflows|triggers)\/.+)$/,
    example: 'https://hooks.slack.com/services/T…/B…/…',
  },
  {
    kind: 'discord',
    name: 'Discord',
    hosts: /^((ptb|canary)\.)?discord(app)?\.com$/,
    paths: /\/api\/(v\d+\/)?webhooks\/\d+\/[\w-]+(\/(slack|github))?\/?$/,
    example: 'https://discord.com/api/webhooks/…/…',
  },
  {
    kind: 'teams',
    name: 'Teams',
    hosts:
      /(\.webhook\.office\.com|\.logic\.azure\.com|\.api\.powerplatform\.com|^teams\.(microsoft|live|cloud\.microsoft)(\.com)?)$/,
    paths: /^[^/]+(\.webhook\.office\.com|\.logic\.azure\.com|\.api\.powerplatform\.com)(:443)?\/.+/,
    example: 'the address that the workflow "Send webhook alerts to a channel" shows when it is saved',
  },
];

/** A kind that was set by hand goes before what the address looks like. */
export function kindOf(address: string, set: string | null): AlertKind {
  const known = alertKinds.find((kind) => kind === set);
  if (known !== undefined) return known;
  const url = new URL(address);
  const service = serviceAt(url);
  // Discord has an entrance that takes what Slack takes.
  if (service?.kind === 'discord' && url.pathname.endsWith('/slack')) return 'slack';
  return service?.kind ?? 'webhook';
}

function serviceAt({ hostname }: URL): Service | undefined {
  return services.find(({ hosts }) => hosts.test(hostname));
}

/**
 * What can be said from the text alone. Where a name leads is looked at with each call.
 * @param origins those that the deployment named: there nothing is asked but that it is an address
 * @throws `ALERT_ADDRESS`
 */
export function requireUsableAddress(text: string, origins: readonly string[]): void {
  const problem = addressProblem(text, origins);
  if (problem === undefined) return;
  throw invalid('ALERT_ADDRESS', problem.message, problem.fix ?? '', [problem]);
}

function addressProblem(text: string, origins: readonly string[]): FieldProblem | undefined {
  const problem = (message: string, fix: string): FieldProblem => ({
    path: 'url',
    code: 'ALERT_ADDRESS',
    message,
    fix,
  });
  const example = 'Send an address like https://example.com/hooks/crosswalk.';
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:\/\//i.test(text.trim()))
    return problem('This is not a whole web address.', example);
  if (url.username !== '' || url.password !== '' || url.hash !== '') {
    return problem('An address for alerts has no user name, password or fragment (#…).', example);
  }
  if (origins.includes(url.origin)) return undefined;
  if (url.protocol !== 'https:') return problem('Alerts are sent by https only.', example);
  if (!isReachableName(url.hostname)) {
    return problem(
      `Alerts go to public addresses only, and ${url.hostname} is none.`,
      'Use an address that is reachable from the internet. For a receiver inside the network, the operator of this installation can name its origin in CROSSWALK_ALERT_ORIGINS.',
    );
  }
  const service = serviceAt(url);
  if (service && !service.paths.test(`${url.host}${url.pathname}`)) {
    return problem(
      `This address of ${service.name} takes no messages.`,
      `Send the address of an incoming webhook: ${service.example}.`,
    );
  }
  return undefined;
}

/** Names that no public name server answers for: RFC 2606, 6761, 6762, 8375, and ICANN's `internal`. */
const privateNames = /(^|\.)(localhost|local|internal|intranet|test|invalid|example|onion|home\.arpa)\.?$/;

function isReachableName(hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, '');
  if (isIP(address)) return isPublicAddress(address);
  return hostname.replace(/\.$/, '').includes('.') && !privateNames.test(hostname);
}

/** Path and query may be all that the receiver asks of a sender, so they are shown to nobody. */
export function maskAddress(address: string): string {
  if (!URL.canParse(address)) return '…';
  const url = new URL(address);
  return url.pathname === '/' && url.search === '' ? url.origin : `${url.origin}/…`;
}

/** Says whether two addresses are the same one without showing either. */
export function addressFingerprint(address: string): string {
  return createHash('sha256').update('crosswalk alert address').update(address).digest('hex').slice(0, 12);
}
