import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';

export interface LockOptions {
  /** Called once when another process holds the lock and this one starts to wait. */
  onWait?: () => void;
  /** Default one minute. */
  timeoutMs?: number;
}

/**
 * Runs `work` while no other process on this machine holds the same lock file. The lock is SQLite's: the kernel
 * lets go of it when its holder dies, so there is nothing stale to judge by process ids.
 */
export async function withLock<T>(file: string, work: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  await (await open(file, 'a', 0o600)).close();
  const lock = new DatabaseSync(file, { timeout: 0 });
  try {
    const deadline = Date.now() + (options.timeoutMs ?? 60_000);
    for (let told = false; !tryLock(lock); told = true) {
      if (Date.now() > deadline)
        throw new Error(`Another process has held ${file} for too long. End it, then try again.`);
      if (!told) options.onWait?.();
      await sleep(100);
    }
    return await work();
  } finally {
    lock.close();
  }
}

function tryLock(lock: DatabaseSync): boolean {
  try {
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    const busy = 5;
    if ((error as { errcode?: number }).errcode === busy) return false;
    throw error;
  }
}
