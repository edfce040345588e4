/** One thing that `crosswalk doctor` looked at. */
export interface Check {
  /** Area and subject, in the order in which they are looked at: `database: migrations`. */
  name: string;
  state: 'ok' | 'warning' | 'failed';
  /** What was found. */
  message: string;
  /** What to do; empty where nothing has to be done. */
  fix: string;
}

export const ok = (name: string, message: string): Check => ({ name, state: 'ok', message, fix: '' });
export const warning = (name: string, message: string, fix: string): Check => ({
  name,
  state: 'warning',
  message,
  fix,
});
export const failed = (name: string, message: string, fix: string): Check => ({ name, state: 'failed', message, fix });

/** What throws is a check that failed: one that cannot be done says so, and the others go on. */
export async function attempt(name: string, fix: string, work: () => Promise<Check[]>): Promise<Check[]> {
  try {
    return await work();
  } catch (error) {
    return [failed(name, error instanceof Error ? error.message : String(error), fix)];
  }
}
