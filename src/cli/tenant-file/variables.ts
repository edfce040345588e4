/**
 * `${NAME}` in a tenant's file. Only a place that holds a credential is looked at, and only as a whole: a name, a note or an
 * address in a file may be a tenant's own text, and stays as it is written.
 */
import { readSecretVariable } from '../../config/secret-variables.ts';

/** Variables of the environment that a file may name without being allowed on the command line. */
export const variablePrefix = 'CROSSWALK_VAR_';

export interface Variables {
  env: Record<string, string | undefined>;
  /** Names beside those with the prefix, each allowed by `--var`. */
  allowed?: readonly string[] | undefined;
}

const reference = /^\$\{([^}]*)\}$/;

/** How a file names a credential that it does not hold. */
export function named(name: string): string {
  return `\${${variablePrefix}${name}}`;
}

/** @returns the credential, or why it cannot be had. */
export function resolveCredential(text: string, variables: Variables): { value: string } | { problem: string } {
  const name = reference.exec(text)?.[1];
  if (name === undefined) {
    if (!/\$\{[A-Za-z_]\w*\}/.test(text)) return { value: text };
    return { problem: `holds a variable beside other text. Let \${${variablePrefix}NAME} stand for the whole value.` };
  }
  if (!/^[A-Za-z_]\w*$/.test(name)) return { problem: `names no variable: ${text}.` };
  const { env, allowed = [] } = variables;
  if (!name.startsWith(variablePrefix) && !allowed.includes(name)) {
    return {
      problem: `names the variable ${name}, which a file may not read. Call it ${variablePrefix}${name.replace(/^CROSSWALK_/, '')}, or allow it with --var ${name}.`,
    };
  }
  return (
    readSecretVariable(env, name) ?? {
      problem: `names the variable ${name}, which is not in the environment. Set it or ${name}_FILE, or take it out of the file.`,
    }
  );
}
