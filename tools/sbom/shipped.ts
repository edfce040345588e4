/** The parts of a CycloneDX document that are read here. */
export interface Bom {
  metadata: { component: { 'bom-ref': string } };
  components: {
    'bom-ref': string;
    name: string;
    version: string;
    licenses?: { license?: { id?: string; name?: string }; expression?: string }[];
  }[];
  dependencies: { ref: string; dependsOn?: string[] }[];
}

/**
 * Leaves what is shipped: the packages that can be reached from these roots. `npm sbom --omit=dev` is of no use here: it also
 * leaves out what a package for development needs as well.
 *
 * @param roots names of packages that the project itself depends on
 * @throws where a root is not in the document
 */
export function shippedOnly<T extends Bom>(bom: T, roots: readonly string[]): T {
  const needs = new Map(bom.dependencies.map(({ ref, dependsOn = [] }) => [ref, dependsOn]));
  const project = bom.metadata.component['bom-ref'];
  const direct = needs.get(project) ?? [];
  const todo = roots.map((root) => {
    const ref = direct.find((one) => one.slice(0, one.lastIndexOf('@')) === root);
    if (ref === undefined) throw new Error(`The SBOM has no ${root}.`);
    return ref;
  });
  const kept = new Set<string>(todo);
  for (let ref = todo.pop(); ref !== undefined; ref = todo.pop()) {
    for (const one of needs.get(ref) ?? []) {
      if (!kept.has(one)) todo.push(one);
      kept.add(one);
    }
  }
  const own = direct.filter((ref) => kept.has(ref));
  return {
    ...bom,
    components: bom.components.filter((one) => kept.has(one['bom-ref'])),
    dependencies: [{ ref: project, dependsOn: own }, ...bom.dependencies.filter(({ ref }) => kept.has(ref))],
  };
}
