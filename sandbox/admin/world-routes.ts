import type {
  CrmEdit,
  CrmType,
  NextDayReport,
  NextDayRequest,
  PendoEdit,
  PendoKind,
  RawEvent,
  RawPollEvent,
  RawPortal,
  RawSubscription,
} from '../contract.ts';
import type { LiveWorld, Worlds } from '../server/world.ts';
import { AdminError } from './admin-error.ts';
import { checkedFault } from './checked-fault.ts';
import { fieldWrites } from './field-writes.ts';

export interface WorldRoute {
  worlds: Worlds;
  live: LiveWorld;
  method: string;
  /** What follows `/admin/worlds/{world}/`. */
  path: string;
  query: URLSearchParams;
  body(): Promise<unknown>;
}

/** A value, or records to stream. */
export type Answer = { value: unknown } | { lines: Iterable<unknown> };

const kinds: Record<string, PendoKind> = { visitors: 'visitor', accounts: 'account' };
const day = 86_400_000;

export async function routeWorld(route: WorldRoute): Promise<Answer> {
  const { live, method, path, body } = route;
  const { hubspot, pendo } = live;
  switch (`${method} ${path}`) {
    case 'POST next-day':
      return { value: nextDay(route.worlds, live, fields<NextDayRequest>(await body())) };
    case 'GET portal':
      return { value: hubspot.portal() };
    case 'PATCH portal':
      hubspot.patchPortal(fields<Partial<RawPortal>>(await body()));
      return { value: hubspot.portal() };
    case 'GET contacts':
    case 'GET companies':
      return { lines: hubspot.records(path as CrmType) };
    case 'PATCH contacts':
    case 'PATCH companies':
      return { value: { ids: hubspot.edit(path as CrmType, list<CrmEdit>(await body())) } };
    case 'GET occurrences':
      return { lines: hubspot.occurrences() };
    case 'GET subscription':
      return { value: pendo.subscription() };
    case 'PATCH subscription':
      pendo.patchSubscription(fields<Partial<RawSubscription>>(await body()));
      return { value: pendo.subscription() };
    case 'GET visitors':
    case 'GET accounts':
      return { lines: pendo.records(kinds[path]!) };
    case 'PATCH visitors':
    case 'PATCH accounts':
      return { value: { ids: pendo.edit(kinds[path]!, list<PendoEdit>(await body())) } };
    case 'GET events':
      return { lines: pendo.events() };
    case 'POST events':
      return { value: counted(list<RawEvent>(await body()), (rows) => pendo.addEvents(rows)) };
    case 'GET poll-events':
      return { lines: pendo.pollEvents() };
    case 'POST poll-events':
      return { value: counted(list<RawPollEvent>(await body()), (rows) => pendo.addPollEvents(rows)) };
    case 'GET switches':
      return { value: live.switches() };
    case 'PUT switches':
      return { value: live.setSwitches(fields<Record<string, unknown>>(await body())) };
    case 'POST faults':
      return { value: { id: live.faults.add(checkedFault(route.worlds, await body())) } };
    case 'DELETE faults':
      live.faults.clear();
      live.revoked.clear();
      live.lastPages.clear();
      return { value: { cleared: true } };
    case 'GET log':
      return { lines: live.log.since(Number(route.query.get('since') ?? 0)) };
    case 'GET writes':
      return { lines: fieldWrites([live], route.query) };
    case 'DELETE log':
      live.log.clear();
      return { value: { cleared: true } };
    default:
      throw new AdminError(404, `There is no ${method} ${path} of a world.`);
  }
}

/** The clock is everybody's; the changes are this world's. */
function nextDay(worlds: Worlds, live: LiveWorld, request: NextDayRequest): NextDayReport {
  if (!Number.isSafeInteger(request.seed) || !(request.share >= 0 && request.share <= 1))
    throw new AdminError(400, 'seed: an integer; share: 0 to 1.');
  const { now } = worlds.clock.set({ now: worlds.clock.now() + day });
  const changed = { contacts: 0, companies: 0, visitors: 0, accounts: 0 };
  if (request.share > 0) Object.assign(changed, live.hubspot.nextDay(request));
  Object.assign(changed, live.pendo.nextDay(request));
  return { now, changed };
}

function fields<T>(value: unknown): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new AdminError(400, 'An object is expected.');
  return value as T;
}

function list<T>(value: unknown): T[] {
  if (!Array.isArray(value)) throw new AdminError(400, 'A list is expected.');
  return value as T[];
}

function counted<T>(rows: T[], add: (rows: T[]) => void): { added: number } {
  add(rows);
  return { added: rows.length };
}
