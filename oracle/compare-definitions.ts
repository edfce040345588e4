/** Property groups, properties and metadata fields: what the run had to define, and that it left the rest alone. */
import { isDeepStrictEqual } from 'node:util';
import type { SyncObject } from '../src/sync/config.ts';
import type { Expectation, ExpectedDefinition, ExpectedLabel, Finding, Side, Truth } from './contract.ts';
import { isMadeFrom } from './labels.ts';
import { crmType } from './mapping.ts';
import { pullFields, pushProperties } from './names.ts';

export function compareDefinitions(
  after: Truth,
  before: Truth,
  object: SyncObject,
  expectation: Expectation | undefined,
): Finding[] {
  return [
    ...hubspotDefinitions(after, before, object, expectation),
    ...pendoFields(after, before, object, expectation),
  ];
}

const finding = (side: Side, id: string, field: string, expected: unknown, actual: unknown): Finding => ({
  side,
  id,
  field,
  expected,
  actual,
  kind: 'definition',
});

/** Names that the sync may define, although a stopped field or a paused run need not. */
function ownNames(expectation: Expectation | undefined, side: Side): Set<string> {
  if (!expectation || expectation.setup.dryRun) return new Set();
  const { syncConfig, resolvedFields } = expectation.setup;
  if (side === 'pendo') return new Set(pullFields(syncConfig, resolvedFields).values());
  return new Set(pushProperties(syncConfig, expectation.object));
}

function hubspotDefinitions(
  after: Truth,
  before: Truth,
  object: SyncObject,
  expectation: Expectation | undefined,
): Finding[] {
  const crm = crmType(object);
  const findings: Finding[] = [];
  const due = new Map<string, Extract<ExpectedDefinition, { side: 'hubspot' }>>();
  for (const it of expectation?.definitions ?? []) if (it.side === 'hubspot') due.set(it.name, it);
  const own = ownNames(expectation, 'hubspot');

  const groupsBefore = new Map(before.portal.groups[crm].map((group) => [group.name, group]));
  const groups = new Map(after.portal.groups[crm].map((group) => [group.name, group]));
  const made = [...due.values()].some((it) => !it.existed);
  const pendo = groups.get('pendo');
  if (made && (!pendo || pendo.archived)) findings.push(finding('hubspot', 'group pendo', 'name', 'pendo', pendo));
  if (made && pendo && !groupsBefore.has('pendo') && pendo.label !== 'Pendo') {
    findings.push(finding('hubspot', 'group pendo', 'label', 'Pendo', pendo.label));
  }
  for (const name of new Set([...groupsBefore.keys(), ...groups.keys()])) {
    if (name === 'pendo' && own.size > 0) continue;
    const [was, is] = [groupsBefore.get(name), groups.get(name)];
    if (!isDeepStrictEqual(was, is)) findings.push(finding('hubspot', `group ${name}`, '*', was, is));
  }

  const propertiesBefore = new Map(before.portal.properties[crm].map((it) => [it.name, it]));
  const properties = new Map(after.portal.properties[crm].map((it) => [it.name, it]));
  for (const [name, it] of due) {
    const is = properties.get(name);
    if (!is || is.archived) {
      findings.push(finding('hubspot', name, '*', it.type, is));
      continue;
    }
    if (is.type !== it.type) findings.push(finding('hubspot', name, 'type', it.type, is.type));
    const wrong = wrongLabel(it.label, is.label, it.existed);
    if (wrong !== undefined) findings.push(finding('hubspot', name, 'label', wrong, is.label));
    if (it.existed) continue;
    const options = is.options.map(({ value }) => value);
    // A yes/no property may have its two options by name.
    if (it.type === 'enumeration' && !isDeepStrictEqual(options.toSorted(), it.options.toSorted())) {
      findings.push(finding('hubspot', name, 'options', it.options, options));
    }
    if (is.groupName !== 'pendo') findings.push(finding('hubspot', name, 'groupName', 'pendo', is.groupName));
    if (is.description.trim() === '') findings.push(finding('hubspot', name, 'description', 'what it measures', ''));
  }
  for (const name of new Set([...propertiesBefore.keys(), ...properties.keys()])) {
    const [was, is] = [propertiesBefore.get(name), properties.get(name)];
    const mayAppear = own.has(name) && (!was || was.archived);
    const label = due.get(name)?.label;
    if (was && is && label?.names !== undefined && label.follows !== 'not' && isMadeFrom(is.label, label.names)) {
      if (isDeepStrictEqual({ ...was, label: is.label, updatedAt: is.updatedAt }, is)) continue;
    }
    if (!mayAppear && !isDeepStrictEqual(was, is)) findings.push(finding('hubspot', name, '*', was, is));
  }
  return findings;
}

/** What a label had to be and is not. */
function wrongLabel({ is, names, follows }: ExpectedLabel, label: string, existed: boolean): string | undefined {
  if (!existed && is !== undefined && label !== is) return is;
  const named = names !== undefined && (!existed || follows === 'must');
  return named && !isMadeFrom(label, names) ? `made from ${names}` : undefined;
}

function pendoFields(after: Truth, before: Truth, object: SyncObject, expectation: Expectation | undefined): Finding[] {
  const findings: Finding[] = [];
  const own = ownNames(expectation, 'pendo');
  const ownGroup = expectation?.setup.syncConfig.pendoGroup;
  const displayNames = new Map<string, string>();
  for (const it of expectation?.definitions ?? []) {
    if (it.side !== 'pendo') continue;
    const id = `${it.group}.${it.name}`;
    displayNames.set(id, it.displayName);
    const is = after.subscription.schema[object][it.group]?.[it.name];
    if (!is || is.isDeleted) findings.push(finding('pendo', id, '*', it.types, is));
    else {
      if (!it.types.includes(is.type)) findings.push(finding('pendo', id, 'type', it.types, is.type));
      if (!it.existed && is.displayName !== it.displayName) {
        findings.push(finding('pendo', id, 'displayName', it.displayName, is.displayName));
      }
    }
  }
  const [was, is] = [before.subscription.schema[object], after.subscription.schema[object]];
  for (const group of new Set([...Object.keys(was), ...Object.keys(is)])) {
    for (const name of new Set([...Object.keys(was[group] ?? {}), ...Object.keys(is[group] ?? {})])) {
      const [old, now] = [was[group]?.[name], is[group]?.[name]];
      const mayAppear = group === ownGroup && own.has(name) && (!old || old.isDeleted);
      // A label that changed in HubSpot may be followed.
      if (now && now.displayName === displayNames.get(`${group}.${name}`)) {
        if (isDeepStrictEqual({ ...old, displayName: now.displayName }, now)) continue;
      }
      if (!mayAppear && !isDeepStrictEqual(old, now))
        findings.push(finding('pendo', `${group}.${name}`, '*', old, now));
    }
  }
  return findings;
}
