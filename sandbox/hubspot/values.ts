import type { RawPropertyDefinition, Switches } from '../contract.ts';

/** What becomes of one value that somebody sends: stored (null: cleared), perhaps changed, or refused. */
export type CheckedValue =
  | { value: string | null; normalised?: { raw: string; value: string } }
  | { error: { code: string; message: string } };

const day = 86_400_000;
const numberPattern = /^-?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const isoDate = /^\d{4}-\d{2}-\d{2}$/;
const emailPattern = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/**
 * Checks a value as HubSpot's validators do. All values are text on the wire; numbers and booleans are taken too, and
 * `""` clears. `lenient`: the paths of 2026-09 accept dates in other shapes, store the usual one, and say so.
 */
export function checkValue(
  definition: RawPropertyDefinition,
  sent: unknown,
  held: string | null,
  lenient: boolean,
  { hubspotNormalise, hubspotEmailFolding }: Pick<Switches, 'hubspotNormalise' | 'hubspotEmailFolding'>,
): CheckedValue {
  if (definition.readOnlyValue || definition.calculated)
    return refuse('READ_ONLY_VALUE', `"${definition.name}" is a read only property; its value cannot be set.`);
  if (sent === null || sent === '') return { value: null };
  if (typeof sent === 'object') return refuse('INVALID_VALUE', `${JSON.stringify(sent)} is not a value.`);
  const text = String(sent);
  if (isEmail(definition)) return checkEmail(text, hubspotEmailFolding);
  switch (definition.type) {
    case 'number':
      return checkNumber(text, hubspotNormalise);
    case 'bool':
      return text === 'true' || text === 'false'
        ? { value: text }
        : refuse('INVALID_OPTION', notAllowed(text, ['true', 'false']));
    case 'date':
      return checkDate(text, lenient);
    case 'datetime':
      return checkDatetime(text, lenient);
    case 'enumeration':
      return checkOptions(definition, text, held);
    default:
      return { value: text };
  }
}

const refuse = (code: string, message: string): CheckedValue => ({ error: { code, message } });
const notAllowed = (text: string, allowed: string[]) =>
  `${text} was not one of the allowed options: [${allowed.join(', ')}]`;

/** HubSpot's own e-mail property, which it files in its own way. */
export const isEmail = (definition: RawPropertyDefinition) => definition.name === 'email' && definition.hubspotDefined;

/** The address that HubSpot keeps for one that somebody gives. */
export function filedEmail(text: string, folding: Switches['hubspotEmailFolding']): string {
  const address = text.trim().toLowerCase();
  return folding === 'none' ? address : address.normalize('NFD').replace(/\p{M}/gu, '').normalize('NFC');
}

function checkEmail(text: string, folding: Switches['hubspotEmailFolding']): CheckedValue {
  const address = filedEmail(text, folding);
  return emailPattern.test(address) ? { value: address } : refuse('INVALID_EMAIL', `Email address ${text} is invalid`);
}

function checkNumber(text: string, normalise: Switches['hubspotNormalise']): CheckedValue {
  if (!numberPattern.test(text) || !Number.isFinite(Number(text)))
    return refuse('INVALID_INTEGER', `${text} was not a valid number.`);
  return { value: normalise === 'roundNumbers' ? String(Math.round(Number(text)) || 0) : text };
}

function checkDate(text: string, lenient: boolean): CheckedValue {
  if (isoDate.test(text)) {
    const at = Date.parse(text);
    const real = Number.isFinite(at) && new Date(at).toISOString().startsWith(text);
    return real ? { value: text } : refuse('INVALID_DATE', `${text} was not a valid date.`);
  }
  const at = epochMs(text) ?? (lenient ? Date.parse(text) : Number.NaN);
  if (!Number.isFinite(at)) return refuse('INVALID_DATE', `${text} was not a valid date.`);
  const date = new Date(at).toISOString();
  if (at % day === 0 && epochMs(text) !== null) return { value: date.slice(0, 10) };
  if (!lenient) return refuse('INVALID_DATE', `${text} is at ${date.slice(11, 23)} UTC, not midnight!`);
  return { value: date.slice(0, 10), normalised: { raw: text, value: date.slice(0, 10) } };
}

function checkDatetime(text: string, lenient: boolean): CheckedValue {
  const epoch = epochMs(text);
  const iso = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/.test(text) || isoDate.test(text);
  const at = epoch ?? (iso || lenient ? Date.parse(text) : Number.NaN);
  if (!Number.isFinite(at) || Math.abs(at) > 8.64e15) return refuse('INVALID_LONG', `${text} was not a valid long.`);
  const value = new Date(at).toISOString();
  return epoch === null && !iso ? { value, normalised: { raw: text, value } } : { value };
}

const epochMs = (text: string) =>
  /^-?\d{1,16}$/.test(text) && Math.abs(Number(text)) <= 8.64e15 ? Number(text) : null;

/** One option, or for `checkbox` several with `;` between; a leading `;` adds to what is there. */
function checkOptions(definition: RawPropertyDefinition, text: string, held: string | null): CheckedValue {
  const allowed = definition.options.map((option) => option.value);
  const several = definition.fieldType === 'checkbox';
  const parts = several ? text.split(';').filter((part) => part !== '') : [text];
  const wrong = parts.find((part) => !allowed.includes(part));
  if (wrong !== undefined) return refuse('INVALID_OPTION', notAllowed(wrong, allowed));
  if (!several) return { value: text };
  const before = text.startsWith(';') && held ? held.split(';') : [];
  return { value: [...new Set([...before, ...parts])].join(';') || null };
}
