/** The terminal of this process. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { createLogUpdate } from 'log-update';
import type { LiveLines, Terminal } from './terminal.ts';

export function processTerminal(): Terminal {
  const { stdin, stdout, stderr } = process;
  return {
    env: process.env,
    print: (line) => console.log(line),
    note: (line) => console.error(line),
    exit: (code) => {
      process.exitCode = code;
    },
    columns: stdout.isTTY ? stdout.columns : undefined,
    colours: hasColours(stdout),
    live: stderr.isTTY ? liveLines(stderr) : undefined,
    ask: stdin.isTTY && stderr.isTTY ? askHidden : undefined,
    onInterrupt: (then) => {
      process.once('SIGINT', then);
      return () => process.off('SIGINT', then);
    },
  };
}

/** Node knows NO_COLOR, FORCE_COLOR and what TERM can do. */
function hasColours(stream: WriteStream): boolean {
  return stream.isTTY && stream.hasColors();
}

function liveLines(stream: WriteStream): LiveLines {
  const update = createLogUpdate(stream);
  return {
    get columns() {
      return stream.columns;
    },
    colours: hasColours(stream),
    show: (lines) => update(lines.join('\n')),
    clear: () => {
      update.clear();
      update.done();
    },
  };
}

async function askHidden(question: string): Promise<string> {
  process.stderr.write(question);
  // Echoes into nothing.
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output, terminal: true });
  const cancelled = new AbortController();
  lines.once('SIGINT', () => cancelled.abort());
  try {
    return (await lines.question('', { signal: cancelled.signal })).trim();
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}
