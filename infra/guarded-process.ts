import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fchmodSync, openSync } from 'node:fs';

/**
 * The shell between us and the program. What the program writes is for its user only. It ends the program when its own input closes, which the kernel does
 * for us however this process dies, `kill -9` included. A program that does not end in time is killed.
 */
const guard = `
umask 077
signal=$1; patience=$2; shift 2
exec 3<&0
"$@" </dev/null 3<&- &
child=$!
( cat <&3; kill -s "$signal" "$child"; sleep "$patience"; kill -s KILL "$child" ) >/dev/null 2>&1 &
watcher=$!
exec 3<&- </dev/null
wait "$child"; code=$?
kill "$watcher" 2>/dev/null
exit "$code"
`;

export interface GuardedProcess {
  /** Resolves when the program has ended, with its exit code. Never rejects. */
  readonly exited: Promise<number>;
  readonly running: boolean;
  /** Asks the program to end and waits until it has. Harmless when it already has. */
  stop(): Promise<void>;
}

export interface GuardedOptions {
  /** File that receives what the program prints, appended. */
  logFile: string;
  /** Signal that asks the program to end. Background jobs of a shell ignore INT unless they set a handler. */
  stopSignal?: 'TERM' | 'INT';
  /** Seconds that the program has for ending by itself. Default 20. */
  patience?: number;
  uid?: number;
  gid?: number;
  /** The whole environment of the program. */
  env: NodeJS.ProcessEnv;
  cwd?: string;
}

/**
 * Starts a long-running program that never outlives this process. It runs in a session of its own, so that Ctrl-C
 * in a terminal reaches only us and we decide the order of shutting down. It does not keep this process alive.
 */
export function startGuarded(command: string, args: readonly string[], options: GuardedOptions): GuardedProcess {
  const log = openSync(options.logFile, 'a');
  fchmodSync(log, 0o600);
  const how = [options.stopSignal ?? 'TERM', String(options.patience ?? 20)];
  const child = spawn('/bin/sh', ['-c', guard, 'guard', ...how, command, ...args], {
    stdio: ['pipe', log, log],
    detached: true,
    env: options.env,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.uid === undefined ? {} : { uid: options.uid }),
    ...(options.gid === undefined ? {} : { gid: options.gid }),
  });
  closeSync(log);
  let running = true;
  const exited = Promise.race([
    once(child, 'exit').then(([code]) => (typeof code === 'number' ? code : 1)),
    once(child, 'error').then(() => 127),
  ])
    .catch(() => 127)
    .finally(() => {
      running = false;
      child.stdin?.destroy();
    });
  child.stdin?.on('error', () => undefined);
  child.unref();
  (child.stdin as unknown as { unref?: () => void } | null)?.unref?.();

  return {
    exited,
    get running() {
      return running;
    },
    async stop() {
      child.ref();
      child.stdin?.end();
      await exited;
    },
  };
}
