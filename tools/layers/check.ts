import { posix } from 'node:path';
import { findCycles } from './cycles.ts';
import { type Import, importsOf } from './imports.ts';
import { environmentReaders, handedSettings, mostLines, type Rule, rules } from './rules.ts';

/** A project as its files: path from the root with forward slashes, and text. */
export type Files = ReadonlyMap<string, string>;

/** Every place where the files break the rules, as `path:line: what`, sorted. Empty when the house is in order. */
export function checkLayers(files: Files): string[] {
  const problems: string[] = [];
  const loads = new Map<string, string[]>();
  for (const [file, text] of files) {
    const area = areaOf(file);
    const rule = rules[area];
    if (rule === undefined) {
      problems.push(`${file}:1: is in no area that tools/layers/rules.ts knows`);
      continue;
    }
    const imports = importsOf(file, text);
    loads.set(file, []);
    for (const one of imports) {
      const target = resolve(file, one.specifier);
      const complaint = target === undefined ? outside(rule, one) : inside(area, rule, target, one);
      if (complaint !== undefined) problems.push(`${file}:${one.line}: ${area} ${complaint}`);
      if (target !== undefined) loads.get(file)?.push(target);
    }
    if (file.startsWith('src/')) problems.push(...checkSize(file, text));
    if (handedSettings.some((part) => holds(part, file))) problems.push(...checkEnvironment(file, area, text));
  }
  const source = new Map([...loads].filter(([file]) => file.startsWith('src/')));
  for (const cycle of findCycles(source))
    problems.push(`${cycle[0]}:1: loads itself: ${[...cycle, cycle[0]].join(' -> ')}`);
  return problems.sort();
}

/** The area that a file belongs to: the longest path in the rules that holds it. */
function areaOf(file: string): string {
  const holding = Object.keys(rules).filter((area) =>
    area === 'src' ? posix.dirname(file) === area : holds(area, file),
  );
  return holding.sort((a, b) => b.length - a.length)[0] ?? '';
}

function holds(area: string, file: string): boolean {
  return file === area || file.startsWith(`${area}/`);
}

/** The project's file behind an import, or undefined for a package. */
function resolve(from: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier) : undefined;
}

function inside(area: string, rule: Rule, target: string, { typeOnly }: Import): string | undefined {
  const own = areaOf(target) === area;
  if (own || rule.values.some((allowed) => holds(allowed, target))) return undefined;
  const settings = area.startsWith('src/') && target === 'src/config/config.ts';
  const asType = settings || (rule.types?.some((allowed) => holds(allowed, target)) ?? false);
  if (asType) return typeOnly ? undefined : `may import only types from ${target}`;
  return `must not import ${target}`;
}

function outside({ packages }: Rule, { specifier, typeOnly }: Import): string | undefined {
  if (packages === undefined || typeOnly) return undefined;
  const listed = ('only' in packages ? packages.only : packages.not).some((name) => holds(name, specifier));
  return listed === 'only' in packages ? undefined : `must not import the package ${specifier}`;
}

function checkSize(file: string, text: string): string[] {
  const { length } = text.trimEnd().split('\n');
  return length > mostLines ? [`${file}:${mostLines}: has ${length} lines, more than ${mostLines}`] : [];
}

/** `process.env` in each way of writing it. */
const environment = /\bprocess\s*(\??\.\s*env\b|(\?\.)?\[\s*['"`]env)|['"](node:)?process['"]/;

function checkEnvironment(file: string, area: string, text: string): string[] {
  if (environmentReaders.some((reader) => holds(reader, file))) return [];
  const reads = text.split('\n').findIndex((line) => environment.test(line));
  return reads < 0 ? [] : [`${file}:${reads + 1}: ${area} must be handed its settings, not read process.env`];
}
