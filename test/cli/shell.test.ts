/** The program as a shell starts it: completion, errors for programs, and a real terminal. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createProgram } from '../../src/cli/program.ts';
import { commandsOf, widest } from './crosswalk.ts';

let folder: string;
let command: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'crosswalk-shell-'));
  command = path.join(folder, 'crosswalk');
  // As docs/cli.md says to install it.
  await symlink(path.resolve('src/cli/crosswalk'), command);
});
afterAll(() => rm(folder, { recursive: true }));

interface Ended {
  code: number;
  out: string;
  err: string;
}

const run = (file: string, args: string[], env: Record<string, string> = {}, cwd = folder): Promise<Ended> =>
  new Promise((resolve) =>
    execFile(
      file,
      args,
      { cwd, env: { PATH: `${folder}:${process.env.PATH}`, CROSSWALK_KEY: 'cwk_x', ...env } },
      (error, out, err) => resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err }),
    ),
  );

const nowhere = { env: {}, print: () => undefined, exit: () => undefined };

test('every command is completed, with its options and choices', async () => {
  // The library prints by itself.
  const print = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  const complete = async (...words: string[]): Promise<string[]> => {
    print.mockClear();
    await createProgram(nowhere).parseAsync(['node', 'crosswalk', 'complete', '--', ...words]);
    return print.mock.calls.map(([line]) => String(line).split('\t')[0] ?? '');
  };
  try {
    for (const { name } of commandsOf(createProgram(nowhere))) {
      const words = name.split(' ');
      expect(await complete(...words.slice(0, -1), '')).toContain(words.at(-1));
      expect(await complete(...words, '--')).toEqual(expect.arrayContaining(['--json', '--url', '--key-file']));
    }
    expect(await complete('records', '--')).toEqual(expect.arrayContaining(['--leg', '--outcome', '--csv']));
    expect(await complete('records', 't_1', '4', '--leg', '')).toEqual(expect.arrayContaining(['pull', 'push']));
    expect(await complete('sync', 'enable', 't_1', '')).toEqual(expect.arrayContaining(['visitor', 'account']));
  } finally {
    print.mockRestore();
  }
});

test('where a path is asked for, files are completed', { timeout: 60_000 }, async () => {
  await writeFile(path.join(folder, 'acme.yaml'), '');
  const completed = await run(command, ['complete', '--', 'apply', '-f', 'ac']);
  expect(completed).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/^acme\.yaml\t/m) });
});

test.each(['bash', 'zsh', 'fish'])('%s gets a script that asks the program', { timeout: 60_000 }, async (shell) => {
  const script = await run(command, ['completion', shell]);
  expect(script).toMatchObject({ code: 0, err: '' });
  expect(script.out).toContain('crosswalk complete --');
  if (shell === 'bash') {
    const file = path.join(folder, 'completion.bash');
    await writeFile(file, script.out);
    expect(await run('bash', ['-n', file])).toMatchObject({ code: 0, err: '' });
  }
});

test('errors for programs are JSON on standard error, with exit code 2', { timeout: 60_000 }, async () => {
  const ended = await run(command, ['status', '--json', '--url', 'http://127.0.0.1:9']);
  expect(ended).toMatchObject({ code: 2, out: '' });
  expect(JSON.parse(ended.err)).toMatchObject({
    code: 'NO_ANSWER',
    message: expect.any(String),
    fix: expect.any(String),
  });
});

test('on a terminal there are colours and its width, unless NO_COLOR is set', { timeout: 60_000 }, async () => {
  const onTerminal = (env: Record<string, string>) =>
    run('script', ['-qec', 'stty cols 60; crosswalk --help; crosswalk whoami --url http://127.0.0.1:9', '/dev/null'], {
      TERM: 'xterm-256color',
      ...env,
    });
  const [coloured, plain] = await Promise.all([onTerminal({}), onTerminal({ NO_COLOR: '1' })]);
  for (const { out } of [coloured, plain]) {
    expect(out).toContain('Nothing answers at http://127.0.0.1:9');
    expect(widest(out.replaceAll('\r', ''))).toBeLessThanOrEqual(60);
  }
  expect(coloured.out).toContain('\u001b[1m');
  expect(plain.out).not.toContain('\u001b[');
});
