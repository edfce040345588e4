/**
 * Two syncs of one installation that write the same fields overwrite each other day after day. They are found by what they
 * write and where: the HubSpot account, and the Pendo subscription or at least its key. Of the other tenant nothing is said.
 */
import { sql } from 'kysely';
import { crmTypeOf } from '../../hubspot/index.ts';
import type { SyncConfig, SyncObject } from '../../sync/config.ts';
import { eventsOf } from '../../sync/event-mapping.ts';
import { eventNames } from '../../sync/event-names.ts';
import { namedPull, pushDefinitions } from '../../sync/mapping.ts';
import type { Connection } from '../connections/credentials.ts';
import { portalOf, subscriptionOf } from '../connections/usable-connection.ts';
import type { Control } from '../control.ts';
import { type ControlError, conflict, type FieldProblem } from '../errors.ts';

/** Also the code with which a sync is paused for it: such a sync claims nothing. */
export const alreadyWritten = 'ALREADY_WRITTEN';

/** Where a tenant writes to. */
export interface Places {
  portal: string | undefined;
  credential: string | undefined;
  subscription: string | undefined;
}

interface Written {
  vendor: 'hubspot' | 'pendo';
  /** Name of the field, with what it belongs to. */
  name: string;
  path: string;
}

export function placesOf(connections: readonly Connection[]): Places {
  const of = (vendor: Connection['vendor']) =>
    connections.find((row) => row.vendor === vendor && row.state !== 'disconnected');
  const [hubspot, pendo] = [of('hubspot'), of('pendo')];
  return {
    portal: hubspot && portalOf(hubspot),
    credential: pendo?.credential ?? undefined,
    subscription: pendo && subscriptionOf(pendo),
  };
}

export async function readPlaces(control: Pick<Control, 'db'>, tenantId: string): Promise<Places> {
  return control.db.tenant(tenantId, async (tx) =>
    placesOf(await tx.selectFrom('connections').selectAll().where('tenant_id', '=', tenantId).execute()),
  );
}

export function writtenFields(object: SyncObject, config: SyncConfig): Written[] {
  const pushed = pushDefinitions(object, config).map(
    ({ index, property }): Written => ({
      vendor: 'hubspot',
      name: `${crmTypeOf[object]}.${property}`,
      path: `push.${index}.property`,
    }),
  );
  const pulled = namedPull(config.pull).map(
    ({ field }, at): Written => ({
      vendor: 'pendo',
      name: `${object}.${config.pendoGroup}.${field}`,
      path: `pull.${at}.field`,
    }),
  );
  const events = eventsOf(config);
  const sent = eventNames(object, events).map(
    (name, at): Written => ({ vendor: 'hubspot', name: `custom event ${name}`, path: `events.${at}.name` }),
  );
  return [...pushed, ...pulled, ...sent];
}

export interface OtherWritersQuery {
  tenantId: string;
  object: SyncObject;
  config: SyncConfig;
  places: Places;
  /** Only tenants that were there before this one: of two that stand against each other the elder goes on. */
  eldersOnly?: boolean;
}

/** A problem for each field that another sync which is on writes as well. */
export async function otherWriters(
  control: Pick<Control, 'db' | 'log'>,
  query: OtherWritersQuery,
): Promise<FieldProblem[]> {
  const { tenantId, object, config, places } = query;
  const written = writtenFields(object, config);
  if (written.length === 0 || Object.values(places).every((place) => place === undefined)) return [];
  const { portal = null, credential = null, subscription = null } = places;
  const { rows } = await control.db.platform((tx) =>
    sql<{ tenant_id: string; vendor: Written['vendor']; config: SyncConfig; elder: boolean }>`
      select c.tenant_id, c.vendor, s.config,
             (n.created_at, n.id) < (select created_at, id from tenants where id = ${tenantId}) as elder
      from connections c
      join syncs s on s.tenant_id = c.tenant_id and s.object = ${object}
      join tenants n on n.id = c.tenant_id and n.state in ('active', 'paused')
      where c.tenant_id <> ${tenantId} and c.state <> 'disconnected'
        and ((c.vendor = 'hubspot' and c.identity ->> 'portalId' = ${portal})
          or (c.vendor = 'pendo' and (c.credential = ${credential} or c.identity ->> 'subscription' = ${subscription})))
        and s.state in ('enabled', 'paused') and coalesce(s.reason ->> 'code', '') <> ${alreadyWritten}`.execute(tx),
  );
  const others = rows.filter(({ elder }) => elder || !query.eldersOnly);
  const targets = (field: Written): string[] =>
    others
      .filter(({ vendor, config: other }) => vendor === field.vendor && writes(object, other, field))
      .map(({ tenant_id }) => tenant_id);
  const shared = written.filter((field) => targets(field).length > 0);
  if (shared.length > 0) {
    // For whoever runs the installation: no tenant may learn of another one.
    const tenants = [...new Set(shared.flatMap(targets))];
    control.log.warn(
      { tenantId, object, tenants, fields: shared.map(({ name }) => name) },
      'the same fields are written',
    );
  }
  return shared.map(problemOf);
}

function writes(object: SyncObject, config: SyncConfig, { vendor, name }: Written): boolean {
  return writtenFields(object, config).some((field) => field.vendor === vendor && field.name === name);
}

function problemOf({ vendor, name, path }: Written): FieldProblem {
  const [where, field, member] =
    vendor === 'hubspot'
      ? ['this HubSpot account', 'HubSpot property', 'property name that begins with pendo_']
      : ['this Pendo subscription', 'Pendo field', 'field name that begins with hubspot_'];
  return {
    path,
    code: alreadyWritten,
    message: `Another sync of this installation writes the ${field} ${name} of ${where} already; the two would overwrite each other.`,
    fix: `Set another ${member} at ${path}, or take the field out of the mapping. Or have the other sync disabled: the log of this installation names both.`,
  };
}

export function otherWriterError(problems: FieldProblem[]): ControlError {
  const [first] = problems;
  return conflict(alreadyWritten, first!.message, first!.fix!, problems);
}
