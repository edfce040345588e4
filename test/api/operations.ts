/** The operations of the API document, each with a request that is valid for a given set of ids. */
import type { Harness } from './harness.ts';

export interface Operation {
  id: string;
  method: string;
  path: string;
  /** Scope that its key needs; undefined: no key. */
  scope: 'read' | 'operate' | 'admin' | undefined;
  ofTenant: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: a part of an OpenAPI document
  spec: any;
}

export type Ids = Record<string, string>;

export async function listOperations(api: Harness): Promise<Operation[]> {
  return operationsIn((await api.call(undefined, 'GET', '/openapi.json')).body);
}

// biome-ignore lint/suspicious/noExplicitAny: an OpenAPI document
export function operationsIn(document: any): Operation[] {
  // biome-ignore lint/suspicious/noExplicitAny: a part of an OpenAPI document
  return Object.entries<any>(document.paths).flatMap(([path, methods]) =>
    // biome-ignore lint/suspicious/noExplicitAny: a part of an OpenAPI document
    Object.entries<any>(methods).map(([method, spec]) => ({
      id: spec.operationId as string,
      method: method.toUpperCase(),
      path,
      scope: spec['x-scope'] as Operation['scope'],
      ofTenant: path.includes('{tenant}'),
      spec,
    })),
  );
}

/** Path with its parameters filled in, from the ids or else from the document's examples. */
export function addressOf(operation: Operation, ids: Ids): string {
  const query = new URLSearchParams();
  let path = operation.path;
  for (const parameter of operation.spec.parameters ?? []) {
    const { name, required, schema } = parameter;
    const value = ids[name] ?? parameter.example ?? schema.example ?? schema.enum?.[0];
    if (parameter.in === 'path') path = path.replace(`{${name}}`, encodeURIComponent(String(value)));
    else if (parameter.in === 'query' && required) query.set(name, String(value));
  }
  return query.size > 0 ? `${path}?${query}` : path;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query';
  schema: { enum?: string[] };
}

export const parametersOf = (operation: Operation): Parameter[] => operation.spec.parameters ?? [];

/** Of a page that a browser sends its form to: the fields. */
export function formFieldsOf(operation: Operation): string[] | undefined {
  const form = operation.spec.requestBody?.content?.['application/x-www-form-urlencoded'];
  return form && Object.keys(form.schema.properties ?? {});
}

export function bodyOf(operation: Operation): unknown {
  return operation.spec.requestBody?.content?.['application/json']?.example;
}
