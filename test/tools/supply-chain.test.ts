import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { advisoriesIn, auditProblems } from '../../tools/audit/judge.ts';
import { licenceProblems, licencesOf } from '../../tools/licences/check.ts';
import { makeSbom } from '../../tools/sbom/make.ts';

describe('licences', () => {
  const problemsOf = (license: string | undefined, dev: boolean): string[] =>
    licenceProblems(licencesOf({ '': {}, 'node_modules/a/node_modules/@b/c': { license, dev, version: '1.0.0' } }));

  test('a licence that is not on the list is a problem, and so is none', () => {
    expect(problemsOf('AGPL-3.0', true)).toEqual([
      '@b/c 1.0.0: the licence AGPL-3.0 is not allowed for a package for development',
    ]);
    expect(problemsOf(undefined, false)).toEqual([
      '@b/c 1.0.0: the licence none is not allowed for a package that is shipped',
    ]);
    expect(problemsOf('MIT', false)).toEqual([]);
  });

  test('what is only allowed for development must not be shipped', () => {
    expect(problemsOf('MPL-2.0', true)).toEqual([]);
    expect(problemsOf('MPL-2.0', false)).toHaveLength(1);
  });

  test('of a choice one licence is enough, of a sum all are needed', () => {
    expect(problemsOf('(GPL-3.0 OR MIT)', false)).toEqual([]);
    expect(problemsOf('MIT AND GPL-3.0', false)).toHaveLength(1);
    expect(problemsOf('(MIT AND Apache-2.0)', false)).toEqual([]);
  });
});

describe('npm audit', () => {
  const url = 'https://github.com/advisories/GHSA-aaaa-bbbb-cccc';
  /** As npm 11 prints it: the package at fault, and one that needs it. */
  const output = JSON.stringify({
    auditReportVersion: 2,
    vulnerabilities: {
      left: { via: [{ source: 1, name: 'left', url, title: 'Reads out of bounds', severity: 'high' }] },
      uses: { via: ['left'] },
    },
  });
  const found = advisoriesIn(output) ?? [];

  test('every advisory is a problem, once', () => {
    expect(auditProblems(found, [], '2026-11-28')).toEqual([`left: Reads out of bounds (high, ${url})`]);
  });

  test('one that is accepted is none until its date has passed, or it is gone', () => {
    const accepted = [{ url, reason: 'not reached', until: '2026-11-28' }];
    expect(auditProblems(found, accepted, '2026-11-28')).toEqual([]);
    expect(auditProblems(found, accepted, '2026-11-29')).toHaveLength(1);
    expect(auditProblems([], accepted, '2026-11-28')).toEqual([
      `${url} is accepted and is found no more: take it off the list`,
    ]);
  });

  test('an answer that is no report is not taken for a clean one', () => {
    expect(advisoriesIn('')).toBeUndefined();
    expect(advisoriesIn('{ "message": "405 Method Not Allowed", "statusCode": 405 }')).toBeUndefined();
    expect(advisoriesIn('{ "vulnerabilities": {} }')).toEqual([]);
  });
});

describe('the SBOM', () => {
  const bom = makeSbom(path.join(import.meta.dirname, '../..'));
  const names = bom.components.map(({ name }) => name);

  test('has what runs on the server, what that needs, and what the console is built from', () => {
    expect(bom).toMatchObject({ bomFormat: 'CycloneDX' });
    expect(names).toEqual(expect.arrayContaining(['hono', '@temporalio/worker', 'webpack', 'react', 'react-dom']));
  });

  test('has nothing that is only for development', () => {
    for (const name of ['vitest', 'typescript', 'playwright-core', 'knip']) expect(names).not.toContain(name);
  });

  test('names nothing that it does not describe', () => {
    const described = new Set([bom.metadata.component['bom-ref'], ...bom.components.map((one) => one['bom-ref'])]);
    for (const { ref, dependsOn = [] } of bom.dependencies) {
      for (const one of [ref, ...dependsOn]) expect(described.has(one), one).toBe(true);
    }
  });
});
