/** Environment variables as an entry hands them in: nothing in this folder reads the environment itself. */
export type Environment = Readonly<Record<string, string | undefined>>;

const basics = /^(PATH|HOME|USER|LANG|LC_\w+|TZ|TMPDIR|XDG_CACHE_HOME)$/;
const network = /^((https?|all|no)_proxy|ssl_cert_(file|dir)|node_extra_ca_certs)$/i;
const goTools = /^(GO[A-Z0-9]+|XDG_CONFIG_HOME|NETRC|SSH_AUTH_SOCK)$/;

/** What any program needs. No setting and no secret of ours is in it: every process of the same user can read it. */
export function childEnvironment(environment: Environment): NodeJS.ProcessEnv {
  return pick(environment, basics);
}

/** For programs that download something. */
export function downloadEnvironment(environment: Environment): NodeJS.ProcessEnv {
  return { ...pick(environment, basics), ...pick(environment, network) };
}

/** For Go, which also asks where modules come from. */
export function goEnvironment(environment: Environment): NodeJS.ProcessEnv {
  return { ...downloadEnvironment(environment), ...pick(environment, goTools) };
}

function pick(environment: Environment, names: RegExp): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => names.test(name)));
}
