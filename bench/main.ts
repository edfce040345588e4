/** `npm run bench`: see `options.ts` for what it takes, and docs/performance.md for what it means. */
import { type Figure, jsonLine, rounded, table } from './figures.ts';
import { type Bench, expectState, type Ground, openGround } from './ground.ts';
import { type BenchOptions, help, readOptions } from './options.ts';
import { benchReadWrite, holdEverything, readWriteWorld } from './read-write.ts';
import { timeScript } from './script.ts';

async function bench(options: BenchOptions): Promise<Figure[]> {
  const figures: Figure[] = [];
  const tell = (more: Figure[]): void => {
    figures.push(...more);
    for (const { name, value, unit, ofLimit } of more) {
      console.log(
        `  ${name}: ${rounded(value)} ${unit}${ofLimit === undefined ? '' : `, ${ofLimit.toFixed(3)} of the limit`}`,
      );
    }
  };
  const wants = (...kinds: BenchOptions['only'][number][]): boolean =>
    kinds.some((kind) => options.only.includes(kind));
  const ground = await openGround();
  try {
    const script = options.script && wants('read', 'write') ? await timeScript(ground, options) : null;
    if (script) console.log(`  script: reads ${rounded(script.read)}, writes ${rounded(script.write)} records/s`);
    if (wants('read', 'write')) {
      const filled = await fill(ground, options);
      tell(await benchReadWrite(ground, filled, options, script));
    }
    return figures;
  } finally {
    await ground.stop();
  }
}

/** A tenant that has had its first run, and another that has read back what the first one wrote. */
async function fill(ground: Ground, { records }: BenchOptions): Promise<Bench> {
  const filled = await ground.makeTenant(readWriteWorld(records), holdEverything);
  await filled.setLimit(0);
  expectState(await filled.enable(), 'succeeded');
  expectState(await filled.run(), 'succeeded');
  return filled;
}

const options = readOptions(process.argv.slice(2));
if (options === 'help') {
  console.log(help);
} else {
  const from = performance.now();
  const figures = await bench(options);
  console.log(`\n${table(figures)}\n\n${Math.round((performance.now() - from) / 1000)} s`);
  if (options.json) console.log(jsonLine(figures));
}
