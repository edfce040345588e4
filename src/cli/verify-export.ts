/** Checks a file of `audit export` by itself: every hash, and that no line of a chain is missing between two others. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { misuse } from './problem.ts';

export interface ExportReport {
  intact: boolean;
  lines: number;
  problems: { line: number; message: string }[];
}

interface Head {
  chain: string;
  seq: number;
  previous: string;
  hash: string;
}

const mostProblems = 20;

/** @throws Problem where the file cannot be read. */
export async function verifyExport(file: string): Promise<ExportReport> {
  const report: ExportReport = { intact: true, lines: 0, problems: [] };
  const newest = new Map<string, Head>();
  const say = (message: string): void => {
    report.intact = false;
    if (report.problems.length < mostProblems) report.problems.push({ line: report.lines, message });
  };
  const input = createReadStream(file, 'utf8');
  const readable = new Promise<void>((opened, failed) => input.once('open', () => opened()).once('error', failed));
  await readable.catch((error: Error) => {
    throw misuse(`${file} cannot be read: ${error.message}`, 'Name a file that `crosswalk audit export -o` wrote.');
  });
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    report.lines += 1;
    const read = readLine(line);
    if (read === undefined) {
      say('this is no line of an export.');
      continue;
    }
    const { head, entry } = read;
    const before = newest.get(head.chain);
    if (before !== undefined && head.seq !== before.seq + 1) {
      say(`${head.chain} ${head.seq} comes after ${before.seq}: something is missing or was moved.`);
    } else if (before !== undefined && head.previous !== before.hash) {
      say(`${head.chain} ${head.seq} does not follow from the line before it.`);
    }
    if (head.hash !== hashOf(head.previous, entry))
      say(`${head.chain} ${head.seq} is not what it was when it was written.`);
    newest.set(head.chain, head);
  }
  return report;
}

/** The entry is the last member, and its text as it stands there is what was hashed. */
function readLine(line: string): { head: Head; entry: string } | undefined {
  const found = /^(\{"chain":"[^"]+","seq":\d+,"previous":"[0-9a-f]*","hash":"[0-9a-f]{64}"),"entry":(\{.*\})\}$/.exec(
    line,
  );
  if (found === null) return undefined;
  const [, head = '', entry = ''] = found;
  return { head: JSON.parse(`${head}}`) as Head, entry };
}

function hashOf(previous: string, entry: string): string {
  return createHash('sha256').update(Buffer.from(previous, 'hex')).update(entry, 'utf8').digest('hex');
}
