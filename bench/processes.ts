/** Processor time and memory of other processes, as Linux reports them. On other systems these figures are left out. */
import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts in hundredths, whatever the kernel's own clock. */
const ticksPerSecond = 100;

interface Stat {
  name: string;
  parent: number;
  /** Of the process itself, and of its children that have ended. */
  own: number;
  children: number;
}

function stat(pid: number): Stat | undefined {
  try {
    // The name in brackets may hold spaces.
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text.split(') ').at(-1)!.split(' ').map(Number);
    return {
      name: text.slice(text.indexOf('(') + 1, text.lastIndexOf(')')),
      parent: fields[1]!,
      own: (fields[11]! + fields[12]!) / ticksPerSecond,
      children: (fields[13]! + fields[14]!) / ticksPerSecond,
    };
  } catch {
    return undefined;
  }
}

/** Seconds of processor time so far; `family`: with all children, living and ended. */
export function cpuSeconds(pid: number, family = false): number {
  const of = stat(pid);
  if (of === undefined) return Number.NaN;
  if (!family) return of.own;
  return childrenOf(pid).reduce((sum, child) => sum + child.own, of.own + of.children);
}

function childrenOf(pid: number): (Stat & { pid: number })[] {
  return readdirSync('/proc').flatMap((entry) => {
    const child = /^\d+$/.test(entry) ? stat(Number(entry)) : undefined;
    return child?.parent === pid ? [{ ...child, pid: Number(entry) }] : [];
  });
}

/** Of a process and its descendants, the first whose program is called so. */
export function descendant(pid: number, name: string): number | undefined {
  for (const child of childrenOf(pid)) {
    const found = child.name === name ? child.pid : descendant(child.pid, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

export function parentOf(pid: number): number | undefined {
  return stat(pid)?.parent;
}

/** Resident memory in MiB. */
export function residentMiB(pid: number): number {
  try {
    const line = readFileSync(`/proc/${pid}/status`, 'latin1').match(/VmRSS:\s+(\d+) kB/);
    return Number(line?.[1]) / 1024;
  } catch {
    return Number.NaN;
  }
}

/** Samples a process's memory until `stop`, which returns the largest. */
export function watchMemory(pid: number): { stop(): number } {
  let peak = residentMiB(pid);
  const timer = setInterval(() => {
    peak = Math.max(peak, residentMiB(pid));
  }, 100);
  return {
    stop() {
      clearInterval(timer);
      return peak;
    },
  };
}
