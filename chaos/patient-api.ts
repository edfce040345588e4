/** The API, asked again until it answers: it is being killed meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Api, ApiRefusal, createApi } from '../demo/api.ts';

/** Longer than any outage of a round. */
const patienceMs = 120_000;

/** Refusals (4xx) are thrown at once; what fails for the outage is tried again. */
export function createPatientApi(url: string, key?: string): Api {
  const api = createApi(url, key);
  const keepAsking = async <T>(ask: () => Promise<T>): Promise<T> => {
    const until = Date.now() + patienceMs;
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (error instanceof ApiRefusal && error.status < 500) throw error;
        if (Date.now() > until) throw error;
        await sleep(200);
      }
    }
  };
  return {
    get: (path) => keepAsking(() => api.get(path)),
    post: (path, body) => keepAsking(() => api.post(path, body)),
    put: (path, body) => keepAsking(() => api.put(path, body)),
    patch: (path, body) => keepAsking(() => api.patch(path, body)),
    delete: (path) => keepAsking(() => api.delete(path)),
  };
}

/** What a person gives up on: the thing stands in another way now. Anything else is thrown. */
export async function ifPossible(work: Promise<unknown>): Promise<boolean> {
  return (await refusalOf(work)) === undefined;
}

/** Why it was not possible; undefined: it was. */
export async function refusalOf(work: Promise<unknown>): Promise<ApiRefusal | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof ApiRefusal && error.status < 500) return error;
    throw error;
  }
}
