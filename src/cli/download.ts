/** Exports, piece by piece into a file or to standard output: they may be larger than memory. */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Cli } from './cli.ts';
import { visible } from './print/visible-text.ts';

export async function downloadTo(cli: Cli, at: string, output: string | undefined): Promise<void> {
  const answer = Readable.from(await cli.api().stream(at));
  if (output !== undefined) {
    await pipeline(answer, createWriteStream(output));
    cli.hint(`Written to ${output}.`);
    return;
  }
  const isTerminal = cli.terminal.columns !== undefined;
  for await (const line of lines(answer)) cli.terminal.print(isTerminal ? visible(line) : line);
}

/** As `print` ends each line, the text stays the same but for a line feed at its very end. */
async function* lines(answer: Readable): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of answer) {
    const parts = (rest + decoder.decode(piece as Uint8Array, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
  if (rest !== '') yield rest;
}
