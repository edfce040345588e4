import type { CrmType, RawPropertyDefinition } from '../contract.ts';
import { type HubSpotCall, needScope } from './call.ts';
import { badRequest } from './errors.ts';

/** Which field types go with which type. */
const pairs: Record<string, string[]> = {
  string: ['text', 'textarea', 'html', 'file', 'phonenumber', 'calculation_equation'],
  number: ['number', 'calculation_equation'],
  date: ['date'],
  datetime: ['date'],
  enumeration: ['select', 'radio', 'checkbox', 'booleancheckbox'],
  bool: ['booleancheckbox'],
  phone_number: ['phonenumber'],
};
const maxUnique = 10;

/** Checks what a client wants a property to be, and makes its definition. `held`: the one that it changes. */
export function newDefinition(
  call: HubSpotCall,
  type: CrmType,
  input: Record<string, unknown>,
  held?: RawPropertyDefinition,
): RawPropertyDefinition {
  const missing = ['name', 'label', 'type', 'fieldType', 'groupName'].filter(
    (field) => typeof input[field] !== 'string' || input[field] === '',
  );
  if (missing.length) throw badRequest(`Some required fields were not set: [${missing.join(', ')}]`);
  const { portal } = call;
  const text = (field: string) => String(input[field]);
  if (!held && !/^[a-z][a-z0-9_]*$/.test(text('name')))
    throw badRequest(
      `Property name '${text('name')}' is invalid: lower case letters, digits and underscores, a letter first.`,
    );
  if (!held && !pairs[text('type')]?.includes(text('fieldType')))
    throw badRequest(`Property type ${text('type')} does not go with field type ${text('fieldType')}.`, {
      subCategory: 'PropertyValidationError.INVALID_FIELD_TYPE',
    });
  if (!held && text('type') === 'bool' && portal.switches().hubspotBoolOptions === 'required') {
    const values = options(input.options).map(({ value }) => value);
    if (values.length !== 2 || !values.includes('true') || !values.includes('false'))
      throw badRequest('A boolean property needs the options true and false.', {
        subCategory: 'PropertyValidationError.INVALID_OPTIONS',
      });
  }
  const group = portal.groups[type].get(text('groupName'));
  if (!group || group.archived)
    throw badRequest(`Property group '${text('groupName')}' does not exist.`, {
      subCategory: 'Properties.GROUP_DOES_NOT_EXIST',
    });
  const unique = [...portal.properties[type].values()].filter(
    (other) => other.hasUniqueValue && !other.archived && !other.hubspotDefined,
  );
  if (!held && input.hasUniqueValue === true && unique.length >= maxUnique)
    throw badRequest(`No more than ${maxUnique} properties with unique values are possible.`);
  const sensitive = input.dataSensitivity === 'sensitive' || input.dataSensitivity === 'highly_sensitive';
  if (sensitive && !held) needScope(call, `crm.schemas.${type}.sensitive.write`);
  const now = portal.clock.now();
  return {
    name: text('name'),
    label: text('label'),
    type: text('type') as RawPropertyDefinition['type'],
    fieldType: text('fieldType'),
    groupName: text('groupName'),
    description: typeof input.description === 'string' ? input.description : '',
    options: options(input.options),
    hasUniqueValue: input.hasUniqueValue === true,
    calculated: text('fieldType') === 'calculation_equation',
    hidden: input.hidden === true,
    hubspotDefined: held?.hubspotDefined ?? false,
    readOnlyValue: held?.readOnlyValue ?? text('fieldType') === 'calculation_equation',
    dataSensitivity: sensitive ? 'sensitive' : 'non_sensitive',
    archived: false,
    createdAt: held?.createdAt ?? now,
    updatedAt: now,
  };
}

/** The specification wants four fields in each option; the server makes do with fewer. */
function options(given: unknown): RawPropertyDefinition['options'] {
  if (!Array.isArray(given)) return [];
  return given.map((option: Record<string, unknown>, index) => {
    const label = option.label ?? option.value;
    if (label === undefined) throw badRequest('Every option needs a label.');
    return {
      label: String(label),
      value: String(option.value ?? label),
      displayOrder: typeof option.displayOrder === 'number' ? option.displayOrder : index,
      hidden: option.hidden === true,
    };
  });
}
