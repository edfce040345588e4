/**
 * What is wrong with what somebody sent, in sentences: where, what was given, and what is allowed. Values that may be secrets,
 * or are long, are not repeated.
 */
import type { core } from 'zod';
import type { FieldProblem } from './errors.ts';

type Issue = core.$ZodIssue;

/** @param given the whole input, where it is known: issues say where in it they are, and not what stands there. */
export function inputProblems(issues: readonly Issue[], given: unknown): FieldProblem[] {
  return issues
    .flatMap((issue) => meantIssues(issue, given))
    .slice(0, 50)
    .map((issue) => {
      const path = issue.path.map(String).join('.');
      return { path, ...describe(issue, valueAt(given, issue.path), path) };
    });
}

/**
 * Of an object that may have one of several shapes, what keeps it from the shape that it comes closest to. Of what it says to be
 * itself, all shapes are named.
 */
function meantIssues(issue: Issue, given: unknown): Issue[] {
  const value = valueAt(given, issue.path);
  if (issue.code !== 'invalid_union' || typeof value !== 'object' || value === null || Array.isArray(value))
    return [issue];
  const closest = issue.errors.reduce<readonly Issue[] | undefined>(
    (best, shape) => (best === undefined || shape.length < best.length ? shape : best),
    undefined,
  );
  if (closest === undefined) return [issue];
  const sources = issue.errors.flat().flatMap((one) => (isOfSource(one) ? one.values : []));
  return closest.flatMap((one) => {
    const whole = isOfSource(one) && 'source' in value ? { ...one, values: [...new Set(sources)] } : one;
    return meantIssues({ ...whole, path: [...issue.path, ...one.path] } as Issue, given);
  });
}

function isOfSource(issue: Issue): issue is Extract<Issue, { code: 'invalid_value' }> {
  return issue.code === 'invalid_value' && issue.path.length === 1 && issue.path[0] === 'source';
}

function describe(issue: Issue, value: unknown, path: string): Omit<FieldProblem, 'path'> {
  const what = path === '' ? 'The body' : path;
  const code = issue.code.toUpperCase();
  const is = `${what} is ${shown(value, path)}`;
  switch (issue.code) {
    case 'invalid_type': {
      const wanted = typeWords[issue.expected] ?? issue.expected;
      if (value === undefined) return { code, message: `${what} is missing. It has to be ${wanted}.` };
      return { code, message: `${is}. It has to be ${wanted}.` };
    }
    case 'invalid_value':
      return valueProblem(what, value, path, issue.values);
    case 'invalid_union': {
      const values = literalsOf(issue.errors);
      if (values !== undefined) return valueProblem(what, value, path, values);
      return { code: 'INVALID_TYPE', message: `${is}. It has to be ${typesOf(issue.errors)}.` };
    }
    case 'too_small':
    case 'too_big':
      return { code, message: sizeMessage(issue, value, what, is) };
    case 'unrecognized_keys': {
      const keys = list(issue.keys.map((key) => JSON.stringify(short(key))));
      return {
        code,
        message: `${path === '' ? '' : `In ${path}: `}${keys} ${issue.keys.length === 1 ? 'is' : 'are'} not known here.`,
        fix: 'Check the spelling, or leave it out. The API document lists what is known.',
      };
    }
    case 'invalid_format':
      return { code, message: `${is}. ${formOf(issue)}` };
    case 'invalid_key':
    case 'invalid_element':
      return {
        code,
        message: `${what} has a name or an entry that cannot be used: ${issue.issues.map((each) => each.message).join('; ')}.`,
      };
    case 'not_multiple_of':
      return { code, message: `${is}. It has to be a multiple of ${issue.divisor}.` };
    case 'custom':
      return { code, message: path === '' ? issue.message : `${is}. ${issue.message}` };
    default:
      return { code: 'INVALID', message: `${is}. ${issue satisfies never}` };
  }
}

const typeWords: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
  null: 'null',
};

function valueProblem(
  what: string,
  value: unknown,
  path: string,
  allowed: readonly unknown[],
): Omit<FieldProblem, 'path'> {
  const code = 'INVALID_VALUE';
  const choice = allowed.length === 1 ? 'The only value allowed is' : 'Allowed are';
  const allowance = `${choice} ${list(allowed.map((each) => JSON.stringify(each)))}.`;
  if (value === undefined) return { code, message: `${what} is missing. ${allowance}` };
  const meant = allowed.find((each) => String(each).toLowerCase() === String(value).trim().toLowerCase());
  return {
    code,
    message: `${what} is ${shown(value, path)}. ${allowance}`,
    ...(meant === undefined ? {} : { fix: `Write ${JSON.stringify(meant)}.` }),
  };
}

function sizeMessage(
  issue: Extract<Issue, { code: 'too_small' | 'too_big' }>,
  value: unknown,
  what: string,
  is: string,
): string {
  const least = issue.code === 'too_small';
  const bound = Number(least ? issue.minimum : issue.maximum);
  switch (issue.origin) {
    case 'string': {
      const has = typeof value === 'string' ? value.length : 0;
      if (has === 0) return `${what} is empty. It needs at least ${count(bound, 'character')}.`;
      return `${what} has ${count(has, 'character')}. It ${least ? 'needs at least' : 'may have at most'} ${bound}.`;
    }
    case 'array':
    case 'set': {
      const has = Array.isArray(value) ? value.length : 0;
      return `${what} has ${count(has, 'entry', 'entries')}. It ${least ? 'needs at least' : 'may have at most'} ${bound}.`;
    }
    default: {
      const edge = issue.inclusive === false ? (least ? 'more than' : 'less than') : least ? 'at least' : 'at most';
      return `${is}. It has to be ${edge} ${bound}.`;
    }
  }
}

/** Patterns carry a sentence of their own; where one does not, its form is still no sentence for a person. */
function formOf({ message, format }: Extract<Issue, { code: 'invalid_format' }>): string {
  if (format !== 'regex') return `It has to be ${formats[format] ?? `of the form ${format}`}.`;
  return message.includes('pattern') ? 'It is not written as it has to be.' : `It has to be ${message}.`;
}

const formats: Record<string, string> = {
  datetime: 'a date and time like 2026-11-23T18:00:00Z',
  url: 'a web address',
  email: 'an e-mail address',
};

/** Undefined where something else than one of some values would do. */
function literalsOf(branches: readonly (readonly Issue[])[]): unknown[] | undefined {
  const values: unknown[] = [];
  for (const [issue, ...more] of branches) {
    if (issue?.code !== 'invalid_value' || more.length > 0) return undefined;
    values.push(...issue.values);
  }
  return values;
}

function typesOf(branches: readonly (readonly Issue[])[]): string {
  const words = branches.flatMap(([issue]) =>
    issue?.code === 'invalid_type' ? [typeWords[issue.expected] ?? issue.expected] : [],
  );
  return words.length === 0 ? 'something else' : list([...new Set(words)], 'or');
}

const secretNames = /(^|\.)(token|key|secret|password|url|authorization)$/i;

/** As JSON where that is short; of what may be a secret only what kind of thing it is. */
function shown(value: unknown, path: string): string {
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return 'a list';
  if (value !== null && typeof value === 'object') return 'an object';
  if (secretNames.test(path)) return `a ${typeof value} (not repeated here)`;
  if (typeof value === 'string' && value.length > 60) return 'a long text';
  return JSON.stringify(value) ?? String(value);
}

function valueAt(given: unknown, path: readonly PropertyKey[]): unknown {
  let value = given;
  for (const part of path) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}

function count(n: number, one: string, many = `${one}s`): string {
  return `${n === 0 ? 'no' : n} ${n === 1 ? one : many}`;
}

function list(words: readonly string[], last = 'and'): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`;
}

function short(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
