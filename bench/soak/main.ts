/** `npm run soak`: hours of small runs, and whether anything grows that should not. See docs/reliability.md for what it showed. */
import { parseArgs } from 'node:util';
import { rounded } from '../figures.ts';
import { soak } from './soak.ts';

const help = `Small runs for hours: memory, connections, open files, rows and histories have to stay flat.

  npm run soak -- [options]

  --minutes <n>   how long (default 120)
  --rate <n>      runs a minute (default 10)
  --json          one line of JSON last
  --help          this text
`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '120' },
    rate: { type: 'string', default: '10' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

function whole(name: 'minutes' | 'rate', least: number): number {
  const text = values[name];
  if (/^\d{1,4}$/.test(text) && Number(text) >= least) return Number(text);
  throw new Error(`--${name} takes a whole number from ${least} to 9999, not "${text}".`);
}

if (values.help) {
  console.log(help);
} else {
  const report = await soak({ minutes: whole('minutes', 3), rate: whole('rate', 1), note: console.log });
  for (const { name, before, after, most, grew } of report.compared) {
    console.log(
      `${grew ? 'GREW' : 'flat'}  ${name}: ${rounded(before)} -> ${rounded(after)} (at most ${rounded(most)})`,
    );
  }
  console.log(
    `${report.runs} runs, ${report.failed.length} of them did not succeed${report.failed.map((one) => `\n  ${one}`).join('')}`,
  );
  if (values.json) console.log(JSON.stringify(report));
  if (report.failed.length > 0 || report.compared.some(({ grew }) => grew)) process.exitCode = 1;
}
