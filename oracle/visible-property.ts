import type { CrmType, RawPortal, RawPropertyDefinition } from '../sandbox/contract.ts';

/** A definition as the world's token sees it: archived ones are gone, sensitive ones need their scope. */
export function visibleProperty(portal: RawPortal, crm: CrmType, name: string): RawPropertyDefinition | undefined {
  const definition = portal.properties[crm].find((it) => it.name === name && !it.archived);
  if (definition?.dataSensitivity !== 'sensitive') return definition;
  const scoped = portal.scopes.some((scope) => scope.startsWith(`crm.objects.${crm}.sensitive.read`));
  return scoped ? definition : undefined;
}
