import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

/** What is read here of a service in docker-compose.yml. */
export interface ComposeService {
  image?: string;
  build?: { args?: Record<string, string> };
  command?: string[];
  environment?: Record<string, string>;
  ports?: string[];
  volumes?: string[];
  healthcheck?: { test: string[] };
  depends_on?: Record<string, { condition: string }>;
  restart?: string;
  init?: boolean;
  stop_grace_period?: string;
  security_opt?: string[];
  cap_drop?: string[];
  read_only?: boolean;
  tmpfs?: string[];
  mem_limit?: string;
  pids_limit?: number;
}

export interface ComposeFile {
  services: Record<string, ComposeService>;
  volumes?: Record<string, unknown>;
}

/** The project's root folder. */
export const root = fileURLToPath(new URL('../', import.meta.url));

/**
 * docker-compose.yml with its variables filled in, by the rules of compose: `${NAME}`, `${NAME:-default}`,
 * `${NAME:?message}`, and `${NAME?message}` where nothing may be given, but on purpose.
 *
 * @throws when a variable that must be set is not, with the message of the file.
 */
export function readCompose(variables: Readonly<Record<string, string>>): ComposeFile {
  const document = parse(readFileSync(`${root}docker-compose.yml`, 'utf8'), { merge: true }) as unknown;
  return fill(document, variables) as ComposeFile;
}

function fill(node: unknown, variables: Readonly<Record<string, string>>): unknown {
  if (typeof node === 'string') return substitute(node, variables);
  if (Array.isArray(node)) return node.map((item) => fill(item, variables));
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, fill(value, variables)]));
}

function substitute(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{(\w+)(?:(:-|:\?|\?)([^}]*))?\}/g, (_whole, name: string, kind?: string, rest = '') => {
    const value = variables[name];
    if (value || (value === '' && kind === '?')) return value;
    if (kind?.endsWith('?')) throw new Error(`${name} is not set: ${rest}`);
    return rest;
  });
}
