import type { Environment } from './environment.ts';
import { pinnedProgram } from './pinned-program.ts';

/** Helm, of the version that tools/helm pins. */
export function findHelm(environment: Environment, log: (line: string) => void): Promise<string> {
  const module = new URL('../tools/helm/', import.meta.url).pathname;
  return pinnedProgram({ name: 'helm', module, command: 'helm.sh/helm/v4/cmd/helm' }, environment, log);
}
