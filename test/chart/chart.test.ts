/** The Helm chart, rendered by Helm and judged by what a Kubernetes API server itself validates with. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readCompose } from '../../infra/compose.ts';
import { readConfig } from '../../src/config/config.ts';
import { variables } from '../../src/config/environment.ts';
import { secretVariables } from '../../src/config/secret-variables.ts';
import { chart, least, type Manifest, manifestsIn, refusals, renderText, runHelm } from './render.ts';

const everything = {
  ...least,
  image: {
    repository: 'registry.example.com/crosswalk',
    digest: `sha256:${'0'.repeat(64)}`,
    pullSecrets: [{ name: 'pull' }],
  },
  secret: {
    keys: {
      previousEncryptionKey: 'previous',
      hubspotClientSecret: 'hubspot',
      smtpUrl: 'smtp',
      oidcClientSecret: 'oidc',
      auditWebhookSecret: 'audit',
      temporalApiKey: 'temporal',
    },
  },
  env: { CROSSWALK_RUN_DAYS: 90, CROSSWALK_FOUR_EYES: true, HUBSPOT_CLIENT_ID: 'abc' },
  extraEnv: [{ name: 'NODE_EXTRA_CA_CERTS', value: '/etc/ca/ca.pem' }],
  extraVolumes: [{ name: 'ca', configMap: { name: 'ca' } }],
  extraVolumeMounts: [{ name: 'ca', mountPath: '/etc/ca', readOnly: true }],
  api: {
    nodeSelector: { pool: 'web' },
    podAnnotations: { a: 'b' },
    service: { type: 'LoadBalancer', annotations: { a: 'b' } },
  },
  ingress: {
    enabled: true,
    className: 'nginx',
    host: 'crosswalk.example.com',
    tlsSecret: 'tls',
    annotations: { a: 'b' },
  },
  worker: {
    tolerations: [{ key: 'spot', operator: 'Exists' }],
    autoscaling: { enabled: true, metricSelector: { namespace: 'crosswalk' } },
  },
  metrics: {
    enabled: true,
    port: 9100,
    podMonitor: {
      enabled: true,
      labels: { release: 'prometheus' },
      apiKey: { secret: 'crosswalk-metrics', key: 'key' },
    },
  },
  networkPolicy: {
    metricsFrom: [{ namespaceSelector: { matchLabels: { name: 'monitoring' } } }],
    apiFrom: [{ namespaceSelector: { matchLabels: { name: 'ingress' } } }],
    database: { port: 6432, to: [{ ipBlock: { cidr: '10.0.0.0/8' } }] },
    extraEgress: [{ ports: [{ port: 4318, protocol: 'TCP' }] }],
  },
};

type Spec = { template: { spec: { containers: Container[] } & Record<string, unknown> } };
interface Endpoint {
  port: string;
  path: string;
  relabelings: [{ targetLabel: string; replacement: string }];
  authorization?: object;
}
interface Container {
  args: string[];
  ports?: object[];
  env: { name: string; value?: string; valueFrom?: { secretKeyRef: { name: string; key: string } } }[];
}

const containerOf = (manifests: readonly Manifest[], name: string): Container => {
  return podOf(manifests, name).containers[0] as Container;
};

const podOf = (manifests: readonly Manifest[], name: string): Spec['template']['spec'] => {
  const found = manifests.find((one) => one.metadata.name === `acme-crosswalk-${name}` && 'template' in one.spec);
  if (found === undefined) throw new Error(`There are no pods of ${name}.`);
  return (found.spec as unknown as Spec).template.spec;
};

describe('the chart', () => {
  test.each([
    ['at its least', least],
    ['with everything', everything],
    [
      'with nothing that can be left out',
      { ...least, networkPolicy: { enabled: false }, serviceAccount: { create: false } },
    ],
  ])('%s is what an API server accepts, and its pods are restricted', (_name, values) => {
    expect(refusals(renderText(values))).toEqual([]);
  });

  test('what an API server would refuse is seen', () => {
    const text = renderText(least);
    expect(refusals(text.replace('runAsNonRoot: true', 'runAsNonRoot: false')).join()).toContain('restricted');
    expect(refusals(text.replace('replicas: 2', 'replica: 2')).join()).toContain('unknown field "spec.replica"');
    expect(refusals(text.replace('periodSeconds: 3', 'periodSeconds: -3')).join()).toContain('periodSeconds');
    const monitored = renderText(everything).replace('podMetricsEndpoints', 'podMetricEndpoints');
    expect(refusals(monitored).join()).toContain('unknown field "spec.podMetricEndpoints"');
    expect(refusals(text.replace('restartPolicy: Never', 'restartPolicy: Always')).join()).toContain('restartPolicy');
  });

  test('passes helm lint', () => {
    expect(runHelm(['lint', '--strict', chart], everything)).toMatchObject({ ok: true });
  });

  test.each([
    ['publicUrl', { ...least, publicUrl: '' }],
    ['temporal', { ...least, temporal: { address: 'no-port' } }],
    ['replica', { ...least, api: { replica: 3 } }],
    ['metrics.enabled', { ...least, metrics: { podMonitor: { enabled: true } } }],
    ['ingress.host is needed', { ...least, ingress: { enabled: true } }],
  ])('refuses values that it cannot use: %s', (named, values) => {
    const { ok, output } = runHelm(['template', 'acme', chart], values);
    expect(ok).toBe(false);
    expect(output).toContain(named);
  });

  test('holds no secret: each comes from the Secret that the values name', () => {
    const manifests = manifestsIn(renderText(everything));
    expect(manifests.map(({ kind }) => kind)).not.toContain('Secret');
    for (const name of ['api', 'worker', 'migration']) {
      for (const { name: variable, value, valueFrom } of containerOf(manifests, name).env) {
        if (!(secretVariables as readonly string[]).includes(variable)) continue;
        expect([variable, value, valueFrom?.secretKeyRef.name]).toEqual([variable, undefined, 'crosswalk']);
      }
    }
  });

  test('gives the owner of the tables to the migration alone, and the bootstrap key to the API', () => {
    const manifests = manifestsIn(renderText(everything));
    const has = (name: string, variable: string) =>
      containerOf(manifests, name).env.some((one) => one.name === variable);
    const names = ['api', 'worker', 'migration'];
    expect(names.filter((name) => has(name, 'CROSSWALK_MIGRATION_DATABASE_URL'))).toEqual(['migration']);
    expect(names.filter((name) => has(name, 'CROSSWALK_BOOTSTRAP_KEY'))).toEqual(['api']);
  });

  test('knows every secret that Crosswalk reads, and sets no variable that it does not', () => {
    const manifests = manifestsIn(renderText(everything));
    const set = ['api', 'worker', 'migration'].flatMap((name) =>
      containerOf(manifests, name).env.map((one) => one.name),
    );
    expect(secretVariables.filter((name) => !set.includes(name))).toEqual([]);
    const given = ['NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS'];
    expect(set.filter((name) => !variables.includes(name) && !given.includes(name))).toEqual([]);
  });

  test.each(['api', 'worker', 'migration'])('gives %s an environment that Crosswalk accepts, once each', (name) => {
    const { env } = containerOf(manifestsIn(renderText(everything)), name);
    const secrets: Record<string, string> = {
      'database-url': 'postgres://crosswalk_service:x@db/crosswalk',
      'migration-database-url': 'postgres://crosswalk:x@db/crosswalk',
      'encryption-key': Buffer.from('0123456789abcdef0123456789abcdef').toString('base64'),
      previous: Buffer.from('fedcba9876543210fedcba9876543210').toString('base64'),
      'bootstrap-key': '5d1c8e2f7a90b364c1d8e7f2a5b09364',
      audit: `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`,
      smtp: 'smtps://user:password@mail.example.com:465',
    };
    const pairs = env.map(({ name: variable, value, valueFrom }) => [
      variable,
      value ?? secrets[valueFrom?.secretKeyRef.key ?? ''] ?? 'secret',
    ]);
    expect(new Set(env.map((one) => one.name)).size).toBe(env.length);
    const given = [
      ['CROSSWALK_AUDIT_WEBHOOK_URL', 'https://audit.example.com'],
      ['CROSSWALK_MAIL_FROM', 'crosswalk@example.com'],
    ];
    const sso = [
      ['CROSSWALK_OIDC_ISSUER', 'https://sso.example.com'],
      ['CROSSWALK_OIDC_CLIENT_ID', 'crosswalk'],
      ['CROSSWALK_OIDC_RULES', '[{"claim":"groups","value":"admins","scope":"admin"}]'],
    ];
    expect(readConfig(Object.fromEntries([...pairs, ...given, ...sso]))).toMatchObject({
      temporal: { address: 'temporal-frontend:7233' },
      publicUrl: 'https://crosswalk.example.com',
    });
  });

  test('runs the processes that compose runs, and gives them as long to end', () => {
    const text = renderText(least);
    const manifests = manifestsIn(text);
    const { services } = readCompose(new Proxy({}, { get: () => 'x' }));
    for (const [name, service] of [
      ['api', 'api'],
      ['worker', 'worker'],
      ['migration', 'migrate'],
    ] as const) {
      expect(containerOf(manifests, name).args).toEqual(services[service]?.command);
    }
    expect(`${podOf(manifests, 'worker').terminationGracePeriodSeconds}s`).toBe(services.worker?.stop_grace_period);
  });

  test('scales workers by how long runs wait, and then leaves their number to the autoscaler', () => {
    const manifests = manifestsIn(renderText(everything));
    const scaler = manifests.find(({ kind }) => kind === 'HorizontalPodAutoscaler');
    expect(scaler?.spec).toMatchObject({
      scaleTargetRef: { kind: 'Deployment', name: 'acme-crosswalk-worker' },
      metrics: [{ type: 'External', external: { metric: { name: 'crosswalk_run_queued_seconds' } } }],
    });
    const deployments = manifests.filter(({ kind }) => kind === 'Deployment');
    expect(deployments.map(({ metadata, spec }) => [metadata.name, spec.replicas])).toEqual([
      ['acme-crosswalk-api', 2],
      ['acme-crosswalk-worker', undefined],
    ]);
  });

  test('serves metrics on a named port, where they are wanted, and lets only those in who are named', () => {
    const manifests = manifestsIn(renderText(everything));
    for (const name of ['api', 'worker']) {
      const { env, ports } = containerOf(manifests, name);
      expect(ports).toContainEqual({ name: 'metrics', containerPort: 9100 });
      expect(env).toContainEqual({ name: 'CROSSWALK_METRICS_ADDRESS', value: '0.0.0.0:9100' });
    }
    const policies = manifests.filter(({ kind }) => kind === 'NetworkPolicy');
    const open = policies.filter(({ spec }) => JSON.stringify(spec.ingress).includes('"metrics"'));
    expect(open.map(({ metadata, spec }) => [metadata.name, spec.ingress])).toEqual([
      [
        'acme-crosswalk-metrics',
        [{ ports: [{ port: 'metrics', protocol: 'TCP' }], from: everything.networkPolicy.metricsFrom }],
      ],
    ]);
    const bare = renderText({ ...least, metrics: { enabled: true } });
    expect(refusals(bare)).toEqual([]);
    expect(manifestsIn(bare).map(({ metadata }) => metadata.name)).not.toContain('acme-crosswalk-metrics');
    expect(renderText(least)).not.toContain('CROSSWALK_METRICS_ADDRESS');
  });

  test('is scraped by the Prometheus Operator in the jobs that the alert rules name', () => {
    const monitors = manifestsIn(renderText(everything)).filter(({ kind }) => kind === 'PodMonitor');
    const endpoints = monitors.flatMap(({ spec }) => spec.podMetricsEndpoints as Endpoint[]);
    expect(monitors.map(({ metadata }) => metadata.labels?.release)).toEqual(['prometheus', 'prometheus']);
    const { scrape_configs } = parse(readFileSync(join(chart, '../../prometheus/prometheus.yml'), 'utf8')) as {
      scrape_configs: { job_name: string; metrics_path?: string }[];
    };
    const wanted = scrape_configs.map(({ job_name, metrics_path = '/metrics' }) => [job_name, metrics_path]);
    expect(endpoints.map(({ path, relabelings: [{ replacement }] }) => [replacement, path]).sort()).toEqual(
      wanted.sort(),
    );
    expect(endpoints.find(({ port }) => port === 'http')?.authorization).toEqual({
      credentials: { name: 'crosswalk-metrics', key: 'key' },
    });
  });

  test('migrates before anything of a new version starts', () => {
    const job = manifestsIn(renderText(least)).find(({ kind }) => kind === 'Job');
    expect(job?.metadata.annotations?.['helm.sh/hook']).toBe('pre-install,pre-upgrade');
  });

  test('has the version of the program', () => {
    const { version } = JSON.parse(readFileSync(join(chart, '../../../package.json'), 'utf8')) as { version: string };
    expect(parse(readFileSync(join(chart, 'Chart.yaml'), 'utf8'))).toMatchObject({ version, appVersion: version });
  });

  test('knows every value that there is', () => {
    const values = parse(readFileSync(join(chart, 'values.yaml'), 'utf8')) as object;
    const schema = JSON.parse(readFileSync(join(chart, 'values.schema.json'), 'utf8')) as { properties: object };
    // Helm hands `global` to every chart.
    expect(Object.keys(schema.properties).sort()).toEqual(['global', ...Object.keys(values)].sort());
  });
});
