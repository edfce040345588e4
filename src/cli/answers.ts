/** What the API answers, typed from its own routes. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { alertRecipientRoutes } from '../api/alert-recipients.ts';
import type { alertRoutes } from '../api/alerts.ts';
import type { assumptionRoutes } from '../api/assumptions.ts';
import type { auditRoutes } from '../api/audit.ts';
import type { catalogueRoutes } from '../api/catalogue.ts';
import type { connectionRoutes } from '../api/connections.ts';
import type { ApiEnv } from '../api/environment.ts';
import type { erasureRoutes } from '../api/erasures.ts';
import type { evidenceRoutes } from '../api/evidence.ts';
import type { fleetRoutes } from '../api/fleet.ts';
import type { keyRoutes } from '../api/keys.ts';
import type { oauthStartRoutes } from '../api/oauth.ts';
import type { recordCheckRoutes } from '../api/record-check.ts';
import type { recordDeliverRoutes } from '../api/record-deliver.ts';
import type { recordSearchRoutes } from '../api/record-search.ts';
import type { recordRoutes } from '../api/records.ts';
import type { runRoutes } from '../api/runs.ts';
import type { sampleRoutes } from '../api/samples.ts';
import type { sessionRoutes } from '../api/session.ts';
import type { syncRoutes } from '../api/syncs.ts';
import type { tenantRoutes } from '../api/tenants.ts';
import type { usageRoutes } from '../api/usage.ts';
import type { versionRoutes } from '../api/versions.ts';

type SchemaOf<Routes extends (control: never) => unknown> =
  ReturnType<Routes> extends OpenAPIHono<ApiEnv, infer S, '/'> ? S : never;

type AnswerOf<Routes extends (control: never) => unknown, Path extends string, Method extends string> =
  SchemaOf<Routes> extends { [P in Path]: { [M in `$${Method}`]: infer Endpoint } }
    ? Endpoint extends { output: infer Output; status: 200 | 201 | 202 }
      ? Output
      : never
    : never;

type T = '/v1/tenants/:tenant';

export type Tenant = AnswerOf<typeof tenantRoutes, T, 'get'>;
export type TenantPage = AnswerOf<typeof tenantRoutes, '/v1/tenants', 'get'>;
export type ConnectionList = AnswerOf<typeof connectionRoutes, `${T}/connections`, 'get'>;
export type Connection = ConnectionList['connections'][number];
export type ConnectionMade = AnswerOf<typeof connectionRoutes, `${T}/connections/hubspot`, 'put'>;
export type Assumptions = AnswerOf<typeof assumptionRoutes, `${T}/assumptions`, 'get'>;
export type VerifiedAssumptions = AnswerOf<typeof assumptionRoutes, `${T}/assumptions/verify`, 'post'>;
export type ConnectionTest = ConnectionMade['test'];
export type LoginStart = AnswerOf<typeof oauthStartRoutes, `${T}/connections/hubspot/oauth`, 'post'>;
export type HubSpotProperties = AnswerOf<typeof catalogueRoutes, `${T}/catalogue/:object/hubspot-properties`, 'get'>;
export type PendoItems = AnswerOf<typeof catalogueRoutes, `${T}/catalogue/pendo/:kind`, 'get'>;
export type TrackProperties = AnswerOf<
  typeof catalogueRoutes,
  `${T}/catalogue/pendo/track-types/:id/properties`,
  'get'
>;
export type PendoFields = AnswerOf<typeof catalogueRoutes, `${T}/catalogue/:object/pendo-fields`, 'get'>;
export type SyncList = AnswerOf<typeof syncRoutes, `${T}/syncs`, 'get'>;
export type Sync = AnswerOf<typeof syncRoutes, `${T}/syncs/:object`, 'get'>;
export type ConfiguredSync = AnswerOf<typeof syncRoutes, `${T}/syncs/:object`, 'put'>;
export type SyncCheck = AnswerOf<typeof syncRoutes, `${T}/syncs/:object/check`, 'post'>;
export type EnabledSync = AnswerOf<typeof syncRoutes, `${T}/syncs/:object/enable`, 'post'>;
export type VersionList = AnswerOf<typeof versionRoutes, `${T}/syncs/:object/versions`, 'get'>;
export type Version = AnswerOf<typeof versionRoutes, `${T}/syncs/:object/versions/:version`, 'get'>;
export type ComparedKeys = AnswerOf<typeof sampleRoutes, `${T}/syncs/:object/keys/compare`, 'post'>;
export type Samples = AnswerOf<typeof sampleRoutes, `${T}/catalogue/:object/samples`, 'get'>;
export type DeliveringRun = AnswerOf<typeof recordDeliverRoutes, `${T}/syncs/:object/records/deliver`, 'post'>;
export type CheckedRecord = AnswerOf<typeof recordCheckRoutes, `${T}/syncs/:object/records/check`, 'post'>;
export type AllRuns = AnswerOf<typeof fleetRoutes, '/v1/runs', 'get'>;
export type RunPage = AnswerOf<typeof runRoutes, `${T}/runs`, 'get'>;
export type Run = RunPage['runs'][number];
export type RunDetail = AnswerOf<typeof runRoutes, `${T}/runs/:run`, 'get'>;
export type StartedRun = { run: Run; started: boolean };
export type RecordPage = AnswerOf<typeof evidenceRoutes, `${T}/runs/:run/records`, 'get'>;
export type RecordOutcome = RecordPage['records'][number];
export type RecordAnswer = AnswerOf<typeof recordRoutes, `${T}/syncs/:object/records/pendo/:id`, 'get'>;
export type Forgotten = AnswerOf<typeof recordRoutes, `${T}/syncs/:object/forget`, 'post'>;
export type Readmitted = AnswerOf<typeof recordRoutes, `${T}/syncs/:object/readmit`, 'post'>;
export type FoundRecords = AnswerOf<typeof recordSearchRoutes, `${T}/records/search`, 'post'>;
export type MadeKey = AnswerOf<typeof keyRoutes, '/v1/keys', 'post'>;
export type KeyList = AnswerOf<typeof keyRoutes, '/v1/keys', 'get'>;
export type SessionList = AnswerOf<typeof sessionRoutes, '/v1/sessions', 'get'>;
export type Who = AnswerOf<typeof sessionRoutes, '/v1/session', 'get'>;
export type AuditPage = AnswerOf<typeof auditRoutes, '/v1/audit', 'get'>;
export type AuditVerification = AnswerOf<typeof auditRoutes, '/v1/audit/verify', 'get'>;
export type ErasurePage = AnswerOf<typeof erasureRoutes, '/v1/erasures', 'get'>;
export type AlertTarget = AnswerOf<typeof alertRoutes, `${T}/alerts/target`, 'get'>;
export type AlertDelivery = AnswerOf<typeof alertRoutes, `${T}/alerts/target/test`, 'post'>;
export type AlertList = AnswerOf<typeof alertRoutes, `${T}/alerts`, 'get'>;
export type RecipientList = AnswerOf<typeof alertRecipientRoutes, `${T}/alerts/recipients`, 'get'>;
export type Recipient = RecipientList['recipients'][number];
export type FleetPage = AnswerOf<typeof fleetRoutes, '/v1/syncs', 'get'>;
export type Attention = AnswerOf<typeof fleetRoutes, '/v1/attention', 'get'>;
export type TenantUsage = AnswerOf<typeof usageRoutes, `${T}/usage`, 'get'>;
export type AllUsage = AnswerOf<typeof usageRoutes, '/v1/usage', 'get'>;
export type History = AnswerOf<typeof fleetRoutes, `${T}/syncs/:object/history`, 'get'>;
