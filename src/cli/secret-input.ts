/**
 * Credentials never stand on the command line: it is in the shell's history and in the list of processes. They come from a
 * file, standard input, a variable of the environment, or a person who is asked.
 */
import { readFileSync } from 'node:fs';
import { Option } from 'commander';
import { readSecretVariable } from '../config/secret-variables.ts';
import type { Cli } from './cli.ts';
import { misuse } from './problem.ts';

export interface SecretSource {
  /** For a person, e.g. `HubSpot token`. */
  what: string;
  /** Of the option that names a file, e.g. `--token-file`. */
  option: string;
  /** The variable that `crosswalk export` names in its files. */
  variable: string;
  /** What happens where a person gives none. */
  empty?: string;
}

export function secretOption({ what, option, variable }: SecretSource): Option {
  return new Option(
    `${option} <path>`,
    `file that holds the ${what}, - for standard input; left out: ${variable} of the environment, or you are asked`,
  );
}

/** @returns undefined where none was given. */
export async function readSecret(
  cli: Cli,
  source: SecretSource,
  file: string | undefined,
): Promise<string | undefined> {
  if (file !== undefined) return given(readText(file), source);
  const { env, ask } = cli.terminal;
  const set = secretOf(env, source.variable);
  if (set !== undefined) return set;
  const typed = await ask?.(`${source.what} (not shown${source.empty === undefined ? '' : `; ${source.empty}`}): `);
  return typed === '' ? undefined : typed;
}

/** Of the variable, or of the file that its `_FILE` form names. */
export function secretOf(env: Record<string, string | undefined>, variable: string): string | undefined {
  const secret = readSecretVariable(env, variable);
  if (secret === undefined || 'value' in secret) return secret?.value;
  throw misuse(`${secret.problem}.`, `Correct ${variable}_FILE, or set ${variable}.`);
}

export async function requireSecret(cli: Cli, source: SecretSource, file: string | undefined): Promise<string> {
  const secret = await readSecret(cli, source, file);
  if (secret !== undefined) return secret;
  throw misuse(
    `The ${source.what} is missing.`,
    `Set ${source.variable}, or name a file with ${source.option} (- is standard input). In a terminal you are asked for it.`,
  );
}

/** A file, or standard input. */
export function readText(file: string): string {
  return readFileSync(file === '-' ? 0 : file, 'utf8');
}

function given(text: string, { what, option }: SecretSource): string {
  const secret = text.trim();
  if (secret === '')
    throw misuse(`There is no ${what} in what ${option} names: it is empty.`, 'Check the file, or what is piped in.');
  return secret;
}
