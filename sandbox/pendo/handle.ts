import type { VendorRequest, VendorResponse } from '../server/vendor.ts';
import { forbidden } from './access.ts';
import type { Limits } from './aggregation/flow.ts';
import type { Deletions } from './bulk-delete.ts';
import { BadRequest, NotFound, TooMuch } from './refusals.ts';
import { findRoute, respondJson } from './routes.ts';
import type { Truth } from './truth/truth.ts';

/** Answers one request as Pendo would. Faults of the caller become 4xx; anything else is a fault of the sandbox. */
export async function handle(
  request: VendorRequest,
  world: { truth: Truth; limits: Limits; deletions: Deletions; keys: { write: string; read: string } },
): Promise<VendorResponse> {
  const { truth, keys } = world;
  const call = { operation: 'unknown', records: 0 };
  try {
    const key = request.headers['x-pendo-integration-key'];
    const { pendoForbiddenBody } = truth.switches();
    if (key !== keys.write && key !== keys.read) return forbidden(pendoForbiddenBody, call);
    const { route, parts } = findRoute(request);
    call.operation = route.operation;
    if (route.writes && key !== keys.write) return forbidden(pendoForbiddenBody, call);
    return await route.handle({
      ...world,
      request,
      parts,
      call,
      body: () => parsed(request.body),
      json: (value, status = 200) => respondJson(value, status, truth, call),
    });
  } catch (error) {
    const status =
      error instanceof BadRequest ? 400 : error instanceof NotFound ? 404 : error instanceof TooMuch ? 408 : undefined;
    if (status === undefined) throw error;
    const { message } = error as Error;
    return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: `${message}\n`, call };
  }
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new BadRequest(`body is not JSON: ${(error as Error).message}`);
  }
}
