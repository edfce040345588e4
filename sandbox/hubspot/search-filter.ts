import type { CrmType } from '../contract.ts';
import type { HubSpotCall } from './call.ts';
import { badRequest } from './errors.ts';
import { visibleProperty } from './portal.ts';
import { mayRead } from './present.ts';
import type { Slot } from './record-store.ts';
import { keyOf, type SearchIndex, type SearchKey } from './search-index.ts';

interface Filter {
  propertyName?: unknown;
  operator?: unknown;
  value?: unknown;
  highValue?: unknown;
  values?: unknown;
}

/** Groups are alternatives; the filters of a group must all hold. HubSpot's bounds: 5 groups, 6 filters each, 18 in all. */
export function compileFilters(
  call: HubSpotCall,
  type: CrmType,
  body: Record<string, unknown>,
  index: SearchIndex,
): (slot: Slot) => boolean {
  const groups = filterGroups(body);
  if (groups.length > 5) throw badRequest(`Too many filterGroups: ${groups.length}. The maximum is 5.`);
  if (groups.some((group) => group.length > 6) || groups.flat().length > 18)
    throw badRequest('Too many filters: the maximum is 6 in a group and 18 in all.');
  const tests = groups.map((group) => group.map((filter) => compileFilter(call, type, filter, index)));
  if (tests.length === 0) return () => true;
  return (slot) => tests.some((group) => group.every((test) => test(slot)));
}

/** Searches in the wild also put `filters` at the top: one group. */
function filterGroups(body: Record<string, unknown>): Filter[][] {
  const groups = Array.isArray(body.filterGroups) ? body.filterGroups : [];
  const nested = groups.map(
    (group) => (Array.isArray((group as { filters?: unknown })?.filters) ? group.filters : []) as Filter[],
  );
  if (Array.isArray(body.filters) && body.filters.length) nested.push(body.filters as Filter[]);
  return nested.filter((group) => group.length > 0);
}

function compileFilter(call: HubSpotCall, type: CrmType, filter: Filter, index: SearchIndex): (slot: Slot) => boolean {
  const name = String(filter.propertyName ?? '');
  const definition = visibleProperty(call.portal, type, name);
  if (definition === undefined || !mayRead(call, type, definition))
    throw badRequest(`There was a problem with the request. Property "${name}" does not exist`);
  const key = index.key(definition);
  const parse = keyOf(definition);
  const one = (value: unknown, label: string) => {
    if (value === undefined || value === null || typeof value === 'object')
      throw badRequest(`operator ${filter.operator} requires a ${label}`);
    return parse(String(value));
  };
  const many = () => {
    if (!Array.isArray(filter.values) || filter.values.length === 0)
      throw badRequest(`operator ${filter.operator} requires values`);
    return new Set(filter.values.map((value) => parse(String(value))));
  };
  const has = (test: (key: SearchKey) => boolean) => (slot: Slot) => {
    const held = key(slot);
    return held !== null && test(held);
  };
  const not = (test: (slot: Slot) => boolean) => (slot: Slot) => !test(slot);

  switch (filter.operator) {
    case 'EQ':
    case 'NEQ': {
      const wanted = one(filter.value, 'value');
      const equal = has((key) => key === wanted);
      return filter.operator === 'EQ' ? equal : not(equal);
    }
    case 'LT':
    case 'LTE':
    case 'GT':
    case 'GTE': {
      const bound = one(filter.value, 'value');
      if (filter.operator === 'LT') return has((key) => key < bound);
      if (filter.operator === 'LTE') return has((key) => key <= bound);
      return filter.operator === 'GT' ? has((key) => key > bound) : has((key) => key >= bound);
    }
    case 'BETWEEN': {
      const low = one(filter.value, 'value');
      const high = one(filter.highValue, 'highValue');
      return has((key) => key >= low && key <= high);
    }
    case 'IN':
    case 'NOT_IN': {
      const wanted = many();
      const among = has((key) => wanted.has(key));
      return filter.operator === 'IN' ? among : not(among);
    }
    case 'HAS_PROPERTY':
      return has(() => true);
    case 'NOT_HAS_PROPERTY':
      return not(has(() => true));
    case 'CONTAINS_TOKEN':
    case 'NOT_CONTAINS_TOKEN': {
      const tokens = tokenTest(String(filter.value ?? ''));
      const text = index.text(name);
      const contains = (slot: Slot) => tokens(text(slot) ?? '');
      return filter.operator === 'CONTAINS_TOKEN' ? contains : not(contains);
    }
    default:
      throw badRequest(`Invalid operator: ${String(filter.operator)}`);
  }
}

/** Words of the value, whole, or with `*` at either end in part. */
function tokenTest(sought: string): (value: string) => boolean {
  const words = (text: string) =>
    text
      .toLowerCase()
      .split(/[^\p{L}\p{N}*]+/u)
      .filter(Boolean);
  const wanted = words(sought);
  return (value) => {
    const held = words(value);
    return wanted.every((want) => {
      const core = want.replaceAll('*', '');
      return held.some((word) => {
        if (want.startsWith('*') && want.endsWith('*')) return word.includes(core);
        if (want.startsWith('*')) return word.endsWith(core);
        return want.endsWith('*') ? word.startsWith(core) : word === want;
      });
    });
  };
}
