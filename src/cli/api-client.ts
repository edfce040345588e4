/** The API as the command calls it. Refusals become errors that a person can act on. */

export interface ApiClient {
  // biome-ignore lint/suspicious/noExplicitAny: answers are described by the API document
  call(method: string, path: string, body?: unknown): Promise<any>;
  /** Undefined where there is no such thing. */
  // biome-ignore lint/suspicious/noExplicitAny: answers are described by the API document
  find(path: string): Promise<any>;
}

export interface ClientOptions {
  url: string;
  key: string;
  fetch?: typeof fetch | undefined;
}

/** What the API refused. The message is complete: what, why by field, what to do. */
export class Refused extends Error {
  override name = 'Refused';
  readonly code: string;
  readonly status: number;

  constructor(
    status: number,
    problem: { code?: string; message?: string; fix?: string; requestId?: string; fields?: FieldProblem[] },
  ) {
    const fields = (problem.fields ?? []).map(
      ({ path, message, fix }) => `  ${path}: ${message}${fix ? ` ${fix}` : ''}`,
    );
    const lines = [problem.message ?? `The API answered ${status}.`, ...fields, problem.fix ?? ''];
    super(
      [...lines.filter(Boolean), `(${problem.code ?? status}, request ${problem.requestId ?? 'unknown'})`].join('\n'),
    );
    this.code = problem.code ?? String(status);
    this.status = status;
  }
}

interface FieldProblem {
  path: string;
  message: string;
  fix?: string;
}

export function createClient({ url, key, fetch: send = fetch }: ClientOptions): ApiClient {
  const call: ApiClient['call'] = async (method, path, body) => {
    const response = await send(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const answer = text !== '' && response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : undefined;
    if (!response.ok) throw new Refused(response.status, answer ?? {});
    return answer;
  };
  return {
    call,
    find: async (path) => {
      try {
        return await call('GET', path);
      } catch (error) {
        if (error instanceof Refused && error.status === 404) return undefined;
        throw error;
      }
    },
  };
}
