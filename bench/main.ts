/** `npm run bench`: see `options.ts` for what it takes, and docs/performance.md for what it means. */
import { bench } from './bench.ts';
import { jsonLine, rounded, table } from './figures.ts';
import { help, readOptions } from './options.ts';

const options = readOptions(process.argv.slice(2));
if (options === 'help') {
  console.log(help);
} else {
  const from = performance.now();
  const figures = await bench(options, (more) => {
    for (const { name, value, unit, ofLimit } of more) {
      const share = ofLimit === undefined ? '' : `, ${ofLimit.toFixed(3)} of the limit`;
      console.log(`  ${name}: ${rounded(value)} ${unit}${share}`);
    }
  });
  console.log(`\n${table(figures)}\n\n${Math.round((performance.now() - from) / 1000)} s`);
  if (options.json) console.log(jsonLine(figures));
}
