/** Groups of files that load each other in a circle, each told once, starting at its first name in order. */
export function findCycles(loads: ReadonlyMap<string, readonly string[]>): string[][] {
  const cycles = new Map<string, string[]>();
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): void => {
    const at = path.indexOf(file);
    if (at >= 0) {
      const ring = path.slice(at);
      const first = ring.indexOf([...ring].sort()[0] ?? file);
      const turned = [...ring.slice(first), ...ring.slice(0, first)];
      cycles.set(turned.join(' '), turned);
      return;
    }
    if (done.has(file)) return;
    path.push(file);
    for (const next of loads.get(file) ?? []) visit(next);
    path.pop();
    done.add(file);
  };
  for (const file of loads.keys()) visit(file);
  return [...cycles.values()];
}
