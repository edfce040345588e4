import { pendoRegions, type WorldRequest } from '../contract.ts';
import { AdminError } from './admin-error.ts';

const most = 2_000_000;

/** Checks what somebody wants a world to be. */
export function worldRequest(given: unknown): WorldRequest {
  if (typeof given !== 'object' || given === null) throw new AdminError(400, 'A world is a JSON object.');
  const request = given as WorldRequest;
  if (typeof request.world !== 'string' || !/^[A-Za-z0-9-]{1,64}$/.test(request.world))
    throw new AdminError(400, 'world: letters, digits and -.');
  if (!Number.isSafeInteger(request.seed)) throw new AdminError(400, 'seed: an integer.');
  for (const count of ['contacts', 'companies', 'visitors', 'accounts'] as const)
    if (!Number.isInteger(request[count]) || request[count] < 0 || request[count] > most)
      throw new AdminError(400, `${count}: 0 to ${most}.`);
  if (request.matched !== undefined && !(request.matched >= 0 && request.matched <= 1))
    throw new AdminError(400, 'matched: 0 to 1.');
  const { doNotProcessAccounts } = request;
  if (doNotProcessAccounts !== undefined && !(doNotProcessAccounts >= 0 && doNotProcessAccounts <= 1))
    throw new AdminError(400, 'doNotProcessAccounts: 0 to 1.');
  if (request.tier !== undefined && ![0, 100, 110, 190, 250].includes(request.tier))
    throw new AdminError(400, 'tier: 100, 110, 190, 250, or 0 for no limits.');
  if (request.region !== undefined && !pendoRegions.includes(request.region))
    throw new AdminError(400, `region: ${pendoRegions.join(', ')}.`);
  return request;
}
