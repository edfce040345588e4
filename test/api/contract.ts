/** Holds every JSON answer of a test to the schema that the API document gives for its operation and status. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { apiDocument } from '../../src/api/document.ts';

// biome-ignore lint/suspicious/noExplicitAny: an OpenAPI document
const document = JSON.parse(JSON.stringify(apiDocument())) as any;
const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
ajv.addSchema(document, 'api');

const operations = Object.keys(document.paths).map((path) => ({
  path,
  pattern: new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
  parameters: path.split('{').length,
}));

const pointer = (part: string) => part.replaceAll('~', '~0').replaceAll('/', '~1');

/** What is wrong with the answer, or nothing. Answers of no operation (an address that does not exist) are not judged. */
export function breaches(method: string, address: string, status: number, body: unknown): string | undefined {
  const path = address.split('?')[0]!;
  // Where two fit, the one with fewer parameters is the one that was meant.
  const found = operations.filter(({ pattern }) => pattern.test(path)).sort((a, b) => a.parameters - b.parameters)[0];
  const operation = found && document.paths[found.path][method.toLowerCase()];
  if (operation === undefined || status === 500) return undefined;
  const declared = operation.responses[String(status)];
  if (declared === undefined) return `${operation.operationId} does not declare ${status}`;
  if (declared.content?.['application/json'] === undefined)
    return `${operation.operationId} declares no JSON for ${status}`;
  const at = [
    'paths',
    found!.path,
    method.toLowerCase(),
    'responses',
    String(status),
    'content',
    'application/json',
    'schema',
  ];
  const validate = ajv.getSchema(`api#/${at.map(pointer).map(encodeURIComponent).join('/')}`);
  if (validate === undefined) return `${operation.operationId} has no schema for ${status}`;
  return validate(body) ? undefined : `${operation.operationId} ${status}: ${ajv.errorsText(validate.errors)}`;
}
