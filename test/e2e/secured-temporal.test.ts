/** A Temporal that wants TLS, client certificates or API keys is reached by the SDK's own variables and profile files. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTemporal } from '../../infra/temporal.ts';
import { type TemporaryFolder, temporaryFolder } from '../../infra/temporary-folder.ts';
import { waitUntil } from '../../infra/wait-until.ts';
import { createProgram } from '../../src/cli/program.ts';
import { readTemporalAccess } from '../../src/config/temporal-access.ts';
import { searchAttributeNames } from '../../src/orchestration/names.ts';
import { type Certificates, makeCertificates } from '../setup/certificates.ts';
import { startTemporalFront } from '../setup/temporal-front.ts';
import { openStack } from './open-stack.ts';
import { testedTenant } from './tested-tenant.ts';

const apiKey = 'the-key-of-this-test';
let certificates: Certificates;
let folder: TemporaryFolder;
const file = (name: string, text: string): string => {
  const target = path.join(folder.path, name);
  writeFileSync(target, text);
  return target;
};
beforeAll(async () => {
  folder = await temporaryFolder('crosswalk-tls');
  certificates = await makeCertificates();
});
afterAll(() => folder.remove());

const asAuthority = () => ({ TEMPORAL_TLS_SERVER_CA_CERT_PATH: file('ca.pem', certificates.authority.cert) });
const asClient = () => ({
  TEMPORAL_TLS_CLIENT_CERT_PATH: file('client.pem', certificates.client.cert),
  TEMPORAL_TLS_CLIENT_KEY_PATH: file('client-key.pem', certificates.client.key),
});
/** The same by a profile file, whose profile has the key. */
const asProfile = () => ({
  TEMPORAL_PROFILE: 'production',
  TEMPORAL_CONFIG_FILE: file(
    'temporal.toml',
    `[profile.production]\napi_key = "${apiKey}"\n[profile.production.tls]\nserver_ca_cert_path = "${asAuthority().TEMPORAL_TLS_SERVER_CA_CERT_PATH}"\n`,
  ),
});

describe('a whole run, and its replay, of client and worker', () => {
  test.each([
    ['a client certificate', { mutual: true }, () => ({ ...asAuthority(), ...asClient() })],
    ['an API key', { apiKey }, () => ({ ...asAuthority(), TEMPORAL_API_KEY: apiKey })],
    [
      'an API key in a file',
      { apiKey },
      () => ({ ...asAuthority(), TEMPORAL_API_KEY_FILE: file('key', `${apiKey}\n`) }),
    ],
    ['a profile file', { apiKey }, asProfile],
  ])('pass a server that wants %s', { timeout: 120_000 }, async (_, wants, given) => {
    await using front = await startTemporalFront({ certificates, ...wants });
    const settings = given();
    const stack = await openStack({ temporalAddress: front.address, settings });
    try {
      const tenant = await testedTenant(stack, { world: { contacts: 20, visitors: 20, companies: 3, accounts: 3 } });
      await tenant.round('enable', ['visitor']);
      const { judged } = await tenant.round('run', ['visitor']);
      expect(judged[0]?.run.state).toBe('succeeded');
      // The client's own calls, and the worker's.
      for (const call of ['StartWorkflowExecution', 'PollWorkflowTaskQueue', 'RespondActivityTaskCompleted']) {
        expect(front.calls.get(call), call).toBeGreaterThan(0);
      }
      const replayed = await waitUntil(() => replay(stack, settings, tenant.id, String(judged[0]?.run.id)), {
        what: 'the run is listed',
        timeoutMs: 20_000,
        everyMs: 500,
      });
      expect(replayed).toMatch(/decides as it did/);
      expect(front.refused).toBe(0);
    } finally {
      await stack.stop();
    }
  });
});

async function replay(
  { apiUrl, key, temporalAddress }: { apiUrl: string; key: string; temporalAddress: string },
  settings: Record<string, string>,
  tenantId: string,
  runId: string,
): Promise<string> {
  let said = '';
  const program = createProgram({
    env: { CROSSWALK_URL: apiUrl, CROSSWALK_KEY: key, TEMPORAL_ADDRESS: temporalAddress, ...settings },
    print: (line) => {
      said += line;
    },
    exit: () => undefined,
  });
  await program.exitOverride().parseAsync(['replay', tenantId, runId], { from: 'user' });
  return said;
}

describe('who is not let in is told so, and what to do', () => {
  const start = (address: string, env: Record<string, string>) => {
    const access = readTemporalAccess({ ...env, TEMPORAL_ADDRESS: address });
    if ('problem' in access) throw new Error(access.problem);
    const { credentials } = access;
    return startTemporal({
      address,
      credentials,
      environment: {},
      searchAttributes: searchAttributeNames,
      patienceMs: 1000,
    });
  };

  test('with another key, at once', async () => {
    await using front = await startTemporalFront({ certificates, apiKey });
    const attempt = start(front.address, { ...asAuthority(), TEMPORAL_API_KEY: 'another-key-entirely' });
    await expect(attempt).rejects.toThrow(/does not let us in \(UNAUTHENTICATED\)[\s\S]*TEMPORAL_API_KEY/);
    await expect(attempt).rejects.not.toThrow(/another-key-entirely/);
  });

  test('without a certificate, with a server of another authority, and without TLS', { timeout: 30_000 }, async () => {
    await using front = await startTemporalFront({ certificates, mutual: true });
    await expect(start(front.address, asAuthority())).rejects.toThrow(/TEMPORAL_TLS_CLIENT_CERT_PATH/);
    await expect(start(front.address, { TEMPORAL_TLS: 'true', ...asClient() })).rejects.toThrow(
      /TEMPORAL_TLS_SERVER_CA_CERT_PATH/,
    );
    await expect(start(front.address, {})).rejects.toThrow(/set TEMPORAL_TLS=true or TEMPORAL_API_KEY/);
    expect(front.calls.size).toBe(0);
  });
});
