/** Calls an HTTP API and takes a refusal for an error that says what to do. */

export class ApiRefusal extends Error {
  readonly status: number;
  readonly code: string;
  constructor(method: string, path: string, status: number, body: { code?: string; message?: string; fix?: string }) {
    super(`${method} ${path}: ${status} ${body.code ?? ''} ${body.message ?? ''} ${body.fix ?? ''}`);
    this.status = status;
    this.code = body.code ?? '';
  }
}

export interface Api {
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body?: unknown): Promise<T>;
  put<T>(path: string, body: unknown): Promise<T>;
  patch<T>(path: string, body: unknown): Promise<T>;
  delete<T>(path: string): Promise<T>;
}

export function createApi(baseUrl: string, key?: string): Api {
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(baseUrl + path, {
      method,
      headers: {
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = text === '' ? {} : JSON.parse(text);
    if (!response.ok) throw new ApiRefusal(method, path, response.status, json);
    return json as T;
  };
  return {
    get: (path) => call('GET', path),
    post: (path, body = {}) => call('POST', path, body),
    put: (path, body) => call('PUT', path, body),
    patch: (path, body) => call('PATCH', path, body),
    delete: (path) => call('DELETE', path),
  };
}
