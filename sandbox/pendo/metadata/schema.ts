import type { RawField, Switches } from '../../contract.ts';
import { onlyKeys, plainObject } from '../aggregation/fields.ts';
import { BadRequest } from '../refusals.ts';

type Fields = Record<string, RawField>;

/** Groups that the public API may write to. */
export function writableGroup(group: string): 'agent' | 'custom' {
  if (group === 'agent' || group === 'custom') return group;
  throw new BadRequest(`metadata group ${group} cannot be written`);
}

/** The schema as Pendo shows it, deleted fields included; mixed case as it really comes. */
export function shownSchema(groups: Record<string, Fields>): Record<string, Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(groups).map(([group, fields]) => [
      group,
      Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, shownField(field)])),
    ]),
  );
}

function shownField(field: RawField): Record<string, unknown> {
  return {
    Type: field.type,
    DisplayName: field.displayName,
    ElementType: field.type === 'list' ? 'string' : '',
    ElementFormat: '',
    Dirty: false,
    isHidden: false,
    isDeleted: field.isDeleted,
    isCalculated: false,
    isPerApp: false,
    isPromoted: false,
    neverIndex: false,
  };
}

const types = ['string', 'number', 'time', 'boolean', 'integer', 'float', 'list', 'date'];

/** Creates fields, or brings deleted ones back. All or nothing. Names are stored in lower case. */
export function createFields(body: unknown, fields: Fields, switches: Switches, noop: boolean): Fields {
  if (!Array.isArray(body) || body.length === 0) throw new BadRequest('expected a list of fields');
  const made: Fields = {};
  for (const each of body) {
    const asked = plainObject(each, 'a field');
    onlyKeys(asked, ['name', 'displayname', 'displayName', 'type'], 'a field');
    const { name, type } = asked;
    const displayName = asked.displayname ?? asked.displayName ?? name;
    if (typeof name !== 'string' || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
      throw new BadRequest(`bad field name ${JSON.stringify(name)}`);
    if (typeof type !== 'string' || !types.includes(type)) throw new BadRequest(`unknown type ${JSON.stringify(type)}`);
    if (typeof displayName !== 'string') throw new BadRequest('displayname must be a string');
    const stored = type === 'number' ? switches.pendoNumberType : (type as RawField['type']);
    const key = name.toLowerCase();
    const known = Object.hasOwn(fields, key) ? fields[key] : undefined;
    const numeric = (of: string) => of === 'number' || of === 'integer' || of === 'float';
    if (known && known.type !== stored && !(type === 'number' && numeric(known.type))) {
      throw new BadRequest(`field ${key} exists with type ${known.type}`);
    }
    made[key] = { type: known?.type ?? stored, displayName, isDeleted: false };
  }
  if (!noop) Object.assign(fields, made);
  return made;
}
