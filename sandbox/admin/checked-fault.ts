import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { AnswerEdit, Fault } from '../contract.ts';
import type { Worlds } from '../server/world.ts';
import { AdminError } from './admin-error.ts';

const faultKinds = [
  'latency',
  'timeoutBefore',
  'timeoutAfter',
  'reset',
  'resetAfter',
  'status',
  'truncate',
  'slowBody',
  'empty200',
  'noBody200',
  'repeatPage',
  'otherWorld',
  'noop200',
  'quote',
  'revoked',
  'answerWith',
  'changeAnswer',
] as const satisfies readonly Fault['kind'][];

/** A fault that can be armed: with a kind that there is, and with parts that can be carried out. */
export function checkedFault(worlds: Worlds, given: unknown): Fault {
  const wanted = given as Fault;
  if (wanted?.vendor !== 'hubspot' && wanted?.vendor !== 'pendo')
    throw new AdminError(400, 'vendor: hubspot or pendo.');
  if (!faultKinds.includes(wanted.kind)) throw new AdminError(400, `kind: one of ${faultKinds.join(', ')}.`);
  if (wanted.kind === 'otherWorld' && !worlds.named(wanted.world ?? ''))
    throw new AdminError(400, 'world: the name of another world.');
  const { status, headers = {}, edits = [], body, bodyBase64 } = wanted;
  if (status !== undefined && !(Number.isInteger(status) && status >= 200 && status <= 599))
    throw new AdminError(400, 'status: 200 to 599.');
  for (const [name, value] of Object.entries(headers)) checkHeader(name, value);
  if (body !== undefined && bodyBase64 !== undefined) throw new AdminError(400, 'body or bodyBase64, not both.');
  if (wanted.encode !== undefined && !['br', 'gzip', 'deflate', 'zstd'].includes(wanted.encode))
    throw new AdminError(400, 'encode: br, gzip, deflate or zstd.');
  edits.forEach(checkEdit);
  return wanted;
}

function checkHeader(name: string, value: string | null): void {
  try {
    validateHeaderName(name);
    if (value !== null) validateHeaderValue(name, value);
  } catch {
    throw new AdminError(400, `headers: ${name} cannot be sent.`);
  }
  // Written by whoever sends the body.
  if (/^(content-length|transfer-encoding)$/i.test(name)) throw new AdminError(400, `headers: ${name} is never set.`);
}

function checkEdit(edit: AnswerEdit): void {
  const path = (steps: unknown) =>
    Array.isArray(steps) && steps.every((step) => typeof step === 'string' || (Number.isInteger(step) && step >= 0));
  if (!path(edit.path)) throw new AdminError(400, 'edits: path is a list of names, places in lists, and *.');
  if (edit.where && !path(edit.where.path)) throw new AdminError(400, 'edits: where.path is a list like path.');
  const actions = ['set', 'setJson', 'replace', 'remove'].filter((action) => Object.hasOwn(edit, action));
  if (actions.length !== 1) throw new AdminError(400, 'edits: one of set, setJson, replace, remove.');
  if ('remove' in edit && edit.path.length === 0)
    throw new AdminError(400, 'edits: the whole answer cannot be removed.');
  if ('replace' in edit) new RegExp(edit.replace, 'gu');
  if (edit.where && 'matches' in edit.where) new RegExp(edit.where.matches);
}
