/** Every command that a document names can be typed as it stands, on a machine whose own Node is the oldest that `engines` allows. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const documents = ['README.md', 'CONTRIBUTING.md', ...readdirSync('docs').map((name) => `docs/${name}`)].filter(
  (name) => name.endsWith('.md'),
);
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };

/** What stands in code: in the line, or in a block of its own. */
function commands(text: string): string[] {
  const blocks = [...text.matchAll(/```\w*\n([\s\S]*?)```/g)].flatMap(([, block]) => block!.split('\n'));
  const spans = [...text.replaceAll(/```[\s\S]*?```/g, '').matchAll(/`([^`\n]+)`/g)].map(([, span]) => span!);
  return [...blocks, ...spans].map((line) => line.trim());
}

test('no document asks for a Node of its own: TypeScript runs on the one that npm scripts bring', () => {
  for (const name of documents) {
    const own = commands(readFileSync(name, 'utf8')).filter((command) => /^(npx )?node [^-]/.test(command));
    expect([name, own]).toEqual([name, []]);
  }
});

test('every npm script that a document names is there', () => {
  const named = documents.flatMap((name) =>
    commands(readFileSync(name, 'utf8')).flatMap((command) =>
      [...command.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, script]) => script!),
    ),
  );
  expect(named.length).toBeGreaterThan(10);
  expect([...new Set(named)].filter((script) => !(script in scripts))).toEqual([]);
});
