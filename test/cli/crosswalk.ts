/** The `crosswalk` command against an API of the test's own, in this process. */
import { createProgram } from '../../src/cli/program.ts';
import type { Harness } from '../api/harness.ts';

export interface Ran {
  out: string;
  code: number;
  error: string;
}

export type Crosswalk = (args: string[], env?: Record<string, string>) => Promise<Ran>;

export function crosswalkOf(api: () => { harness: Harness; key: string }): Crosswalk {
  return async (args, env = {}) => {
    const { harness, key } = api();
    const lines: string[] = [];
    let code = 0;
    const terminal = {
      env: { CROSSWALK_KEY: key, CROSSWALK_URL: 'http://crosswalk.test', ...env },
      print: (line: string) => void lines.push(line),
      exit: (to: number) => {
        code = to;
      },
    };
    const send = ((url: string, init: RequestInit) => harness.app.request(url, init)) as typeof fetch;
    const program = createProgram(terminal, send).configureOutput({ writeErr: () => undefined });
    for (const command of program.commands) command.configureOutput({ writeErr: () => undefined });
    try {
      await program.parseAsync(['node', 'crosswalk', ...args]);
      return { out: lines.join('\n'), code, error: '' };
    } catch (error) {
      return { out: lines.join('\n'), code: 2, error: (error as Error).message };
    }
  };
}
