/** The API as the commands call it. Refusals and silence become problems that a person can act on. */
import { misuse, Problem } from './problem.ts';

export interface ApiClient {
  /** @throws Problem */
  call<T>(method: string, path: string, body?: unknown): Promise<T>;
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body?: unknown): Promise<T>;
  put<T>(path: string, body: unknown): Promise<T>;
  /** Undefined where there is no such thing. */
  find<T>(path: string): Promise<T | undefined>;
  /** An answer that is no JSON, piece by piece: exports may be larger than memory. */
  stream(path: string): Promise<AsyncIterable<Uint8Array>>;
}

export interface ClientOptions {
  url: string;
  key: string;
  fetch?: typeof fetch | undefined;
}

export function createClient({ url, key, fetch: send = fetch }: ClientOptions): ApiClient {
  const request = async (method: string, path: string, body?: unknown): Promise<Response> => {
    const response = await send(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((error: unknown) => {
      throw unreachable(url, error);
    });
    if (!response.ok) throw await refusal(response, url);
    return response;
  };
  const call: ApiClient['call'] = async <T>(method: string, path: string, body?: unknown) => {
    const response = await request(method, path, body);
    if (response.status === 204) return undefined as T;
    if (!isJson(response)) throw noApi(url, response.status);
    return (await response.json()) as T;
  };
  return {
    call,
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, body),
    put: (path, body) => call('PUT', path, body),
    find: async <T>(path: string) => {
      try {
        return await call<T>('GET', path);
      } catch (error) {
        if (error instanceof Problem && error.status === 404) return undefined;
        throw error;
      }
    },
    stream: async (path) => (await request('GET', path)).body as AsyncIterable<Uint8Array>,
  };
}

/** The path of an API operation, every value in it encoded. @throws Problem for a value that no path can hold. */
export function path(parts: TemplateStringsArray, ...values: string[]): string {
  return parts.reduce((before, part, at) => before + segment(values[at - 1] ?? '') + part);
}

function segment(value: string): string {
  // Taken for folders, encoded or not. Ids that may be called so are written otherwise (typed-id.ts).
  if (value === '' || value === '.' || value === '..') {
    throw misuse(
      `There is nothing with the id "${value}".`,
      'Give the id as a list shows it, for example `crosswalk tenants list`.',
    );
  }
  return encodeURIComponent(value);
}

/** `?a=1&b=2` of what is given. */
export function query(values: Record<string, string | undefined>): string {
  const given = Object.entries(values).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

export const howToGetAKey =
  'Set CROSSWALK_KEY, or name a file that holds the key with --key-file. The first key is the CROSSWALK_BOOTSTRAP_KEY of the installation (`npm run demo` prints its own); an administrator makes others with `crosswalk keys create`.';

async function refusal(response: Response, url: string): Promise<Problem> {
  const answer = isJson(response) ? ((await response.json().catch(() => ({}))) as Partial<Problem>) : {};
  const { status } = response;
  if (answer.code === undefined) return noApi(url, status);
  return new Problem(
    {
      code: answer.code,
      message: answer.message ?? `The API answered ${status}.`,
      fix: status === 401 ? howToGetAKey : (answer.fix ?? ''),
      requestId: answer.requestId,
      fields: [...(answer.fields ?? [])],
    },
    status,
  );
}

function unreachable(url: string, error: unknown): Problem {
  const { cause = error } = error as { cause?: unknown };
  const { code, message } = cause as { code?: string; message?: string };
  return new Problem({
    code: 'NO_ANSWER',
    message: `Nothing answers at ${url} (${code ?? message ?? 'no connection'}).`,
    fix: 'Start Crosswalk there, or give its address with CROSSWALK_URL or --url.',
  });
}

function noApi(url: string, status: number): Problem {
  return new Problem(
    {
      code: 'NOT_CROSSWALK',
      message: `What answers at ${url} is not the API of Crosswalk (status ${status}).`,
      fix: 'Give the address of the API, without /v1, with CROSSWALK_URL or --url. Where it is right, a proxy in between answers in its place.',
    },
    status,
  );
}

function isJson(response: Response): boolean {
  return response.headers.get('content-type')?.startsWith('application/json') ?? false;
}
