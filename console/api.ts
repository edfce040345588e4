/** The API, typed from its own routes. Every refusal becomes an `ApiProblem`. */
import { type ClientResponse, hc } from 'hono/client';
import type { alertRecipientRoutes } from '../src/api/alert-recipients.ts';
import type { alertRoutes } from '../src/api/alerts.ts';
import type { assumptionRoutes } from '../src/api/assumptions.ts';
import type { auditRoutes } from '../src/api/audit.ts';
import type { catalogueRoutes } from '../src/api/catalogue.ts';
import type { connectionRoutes } from '../src/api/connections.ts';
import type { evidenceRoutes } from '../src/api/evidence.ts';
import type { fleetRoutes } from '../src/api/fleet.ts';
import type { keyRoutes } from '../src/api/keys.ts';
import type { oauthStartRoutes } from '../src/api/oauth.ts';
import type { recordCheckRoutes } from '../src/api/record-check.ts';
import type { recordDeliverRoutes } from '../src/api/record-deliver.ts';
import type { recordSearchRoutes } from '../src/api/record-search.ts';
import type { recordRoutes } from '../src/api/records.ts';
import type { runRoutes } from '../src/api/runs.ts';
import type { sampleRoutes } from '../src/api/samples.ts';
import type { sessionRoutes, signInRoutes } from '../src/api/session.ts';
import type { singleSignOnRoutes } from '../src/api/single-sign-on.ts';
import type { syncRoutes } from '../src/api/syncs.ts';
import type { tenantRoutes } from '../src/api/tenants.ts';
import type { usageRoutes } from '../src/api/usage.ts';
import type { versionRoutes } from '../src/api/versions.ts';

export interface FieldProblem {
  path: string;
  code: string;
  message: string;
  fix?: string | undefined;
}

/** A refusal of the API: what happened, and what to do. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly fix: string;
  readonly requestId: string | undefined;
  readonly fields: readonly FieldProblem[];

  constructor(status: number, body: Partial<Omit<ApiProblem, 'status'>> = {}) {
    super(body.message ?? 'Crosswalk did not answer.');
    this.status = status;
    this.code = body.code ?? 'NO_ANSWER';
    this.fix = body.fix ?? 'Check the connection to the server, then try again.';
    this.requestId = body.requestId;
    this.fields = body.fields ?? [];
  }
}

type Listener = () => void;
const signedOut = new Set<Listener>();

/** Calls back whenever a request is refused because nobody is signed in. Returns how to stop it. */
export function onSignedOut(listener: Listener): () => void {
  signedOut.add(listener);
  return () => signedOut.delete(listener);
}

async function send(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(input, { ...init, credentials: 'same-origin' });
  } catch {
    throw new ApiProblem(0);
  }
  if (response.ok) return response;
  const body = (await response.json().catch(() => ({}))) as Partial<ApiProblem>;
  if (response.status === 401 && body.code !== 'CODE_NOT_ACCEPTED') for (const listener of signedOut) listener();
  throw new ApiProblem(response.status, body);
}

type Good = 200 | 201 | 202;
type AnswerOf<R> =
  R extends ClientResponse<infer Body, infer Status, string> ? (Status extends Good ? Body : never) : never;

/** @throws ApiProblem */
export async function answer<R extends ClientResponse<unknown, number, string>>(
  call: Promise<R>,
): Promise<AnswerOf<R>> {
  return (await (await call).json()) as AnswerOf<R>;
}

/** For calls that answer with nothing. @throws ApiProblem */
export async function done(call: Promise<unknown>): Promise<void> {
  await call;
}

const options = { fetch: send };
const { v1 } = hc<ReturnType<typeof tenantRoutes>>('/', options);

export const api = {
  session: hc<ReturnType<typeof sessionRoutes>>('/', options).v1,
  signIn: hc<ReturnType<typeof signInRoutes>>('/', options).v1.session,
  ways: hc<ReturnType<typeof singleSignOnRoutes>>('/', options).v1.session.ways,
  tenants: v1.tenants,
  fleet: hc<ReturnType<typeof fleetRoutes>>('/', options).v1,
  connections: hc<ReturnType<typeof connectionRoutes>>('/', options).v1.tenants[':tenant'].connections,
  assumptions: hc<ReturnType<typeof assumptionRoutes>>('/', options).v1.tenants[':tenant'].assumptions,
  login: hc<ReturnType<typeof oauthStartRoutes>>('/', options).v1.tenants[':tenant'].connections.hubspot.oauth,
  catalogue: hc<ReturnType<typeof catalogueRoutes>>('/', options).v1.tenants[':tenant'].catalogue[':object'],
  items: hc<ReturnType<typeof catalogueRoutes>>('/', options).v1.tenants[':tenant'].catalogue.pendo[':kind'],
  syncs: hc<ReturnType<typeof syncRoutes>>('/', options).v1.tenants[':tenant'].syncs,
  versions: hc<ReturnType<typeof versionRoutes>>('/', options).v1.tenants[':tenant'].syncs[':object'].versions,
  samples: hc<ReturnType<typeof sampleRoutes>>('/', options).v1.tenants[':tenant'],
  runs: hc<ReturnType<typeof runRoutes>>('/', options).v1.tenants[':tenant'].runs,
  evidence: hc<ReturnType<typeof evidenceRoutes>>('/', options).v1.tenants[':tenant'].runs[':run'],
  records: hc<ReturnType<typeof recordRoutes>>('/', options).v1.tenants[':tenant'].syncs[':object'],
  deliver: hc<ReturnType<typeof recordDeliverRoutes>>('/', options).v1.tenants[':tenant'].syncs[':object'].records
    .deliver,
  check: hc<ReturnType<typeof recordCheckRoutes>>('/', options).v1.tenants[':tenant'].syncs[':object'].records.check,
  search: hc<ReturnType<typeof recordSearchRoutes>>('/', options).v1.tenants[':tenant'].records.search,
  usage: hc<ReturnType<typeof usageRoutes>>('/', options).v1,
  keys: hc<ReturnType<typeof keyRoutes>>('/', options).v1.keys,
  audit: hc<ReturnType<typeof auditRoutes>>('/', options).v1.audit,
  recipients: hc<ReturnType<typeof alertRecipientRoutes>>('/', options).v1.tenants[':tenant'].alerts.recipients,
  alerts: hc<ReturnType<typeof alertRoutes>>('/', options).v1.tenants[':tenant'].alerts,
};
