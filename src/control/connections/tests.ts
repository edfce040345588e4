/** Is this connection good for what the tenant wants of it? Asked in steps that a person can read. */
import { randomUUID } from 'node:crypto';
import type { HubSpotAccount, HubSpotClient } from '../../hubspot/index.ts';
import { crmTypeOf } from '../../hubspot/index.ts';
import { type PendoClient, pipelines } from '../../pendo/index.ts';
import { startOfDay } from '../../sync/clock.ts';
import type { SyncObject } from '../../sync/config.ts';
import { vendorNames } from '../../sync/legs.ts';
import { numberIn } from '../../sync/numbers.ts';
import type { Kinship, Marks } from '../../sync/subscription.ts';
import { VendorError } from '../../sync/vendor-error.ts';
import { retryFix } from '../retry-fix.ts';
import { hubspotScopes, type Needs } from './scopes.ts';

export const testSteps = [
  'reachable',
  'authentic',
  'identity',
  'scopes',
  'canRead',
  'canWrite',
  'canDefine',
  'events',
  'zone',
] as const;
export type StepName = (typeof testSteps)[number];

export interface TestStep {
  step: StepName;
  /** The object that the step is about, where there is one. */
  object?: SyncObject;
  state: 'passed' | 'failed' | 'skipped';
  /** With `failed`: stable. */
  code?: string;
  message: string;
  fix?: string;
}

export interface ConnectionTest {
  ok: boolean;
  /** The failure is the vendor's or the network's, so it says nothing about the credential. */
  temporary: boolean;
  steps: TestStep[];
  identity: Record<string, unknown>;
  /** Pendo: by what the subscription is known from now on. */
  marks?: Marks;
}

export interface HubSpotTestOptions {
  needs: readonly Needs[];
  /** Scopes from OAuth's introspection; those of a token are asked for here. */
  grantedScopes?: readonly string[] | undefined;
}

export async function testHubSpot(client: HubSpotClient, options: HubSpotTestOptions): Promise<ConnectionTest> {
  const test = startTest();
  const account = await test.first('HubSpot', () => client.account());
  if (account === undefined) return test.result();
  describePortal(test, account);

  const granted = options.grantedScopes ?? (await test.optional(async () => (await client.tokenInfo()).scopes));
  const needed = hubspotScopes(options.needs).filter((scope) => scope !== 'oauth');
  const missing = granted === undefined ? [] : needed.filter((scope) => !granted.includes(scope));
  if (granted === undefined) {
    test.skip('scopes', 'This kind of key cannot be asked for its scopes; reading and writing are tried instead.');
  } else if (missing.length > 0) {
    test.fail('scopes', {
      code: 'MISSING_SCOPES',
      message: `The credential lacks ${missing.join(', ')}.`,
      fix: 'Add these scopes to the app or key in HubSpot, or connect again by login.',
    });
  } else {
    test.pass('scopes', `All ${needed.length} scopes that the mapping needs are there.`);
  }
  if (granted !== undefined) test.identity.scopes = [...granted].sort();

  const objects: readonly SyncObject[] =
    options.needs.length === 0 ? ['visitor', 'account'] : options.needs.map(({ object }) => object);
  for (const object of objects) {
    const type = crmTypeOf[object];
    await test.run(
      'canRead',
      `${capital(type)} can be read.`,
      () => client.listPage(type, { limit: 1, properties: [] }),
      object,
    );
  }
  for (const { object, writesHubSpot } of options.needs) {
    const type = crmTypeOf[object];
    if (writesHubSpot)
      await test.run('canWrite', `${capital(type)} can be written.`, () => probeWrite(client, type), object);
    else test.skip('canWrite', `Not needed: the mapping writes nothing to ${type}.`, object);
  }
  // A key that names its scopes was judged by them.
  for (const { object, pushes } of granted === undefined ? options.needs : []) {
    const type = crmTypeOf[object];
    const said = `Properties of ${type} can be made.`;
    if (pushes) await test.run('canDefine', said, () => client.probeDefining(type), object);
  }
  if (options.needs.some(({ sendsEvents }) => sendsEvents)) {
    await test.run('events', 'The account has custom events.', () => client.listEvents('pendo_'));
  }
  return test.result();
}

export async function testPendo(
  client: PendoClient,
  needs: readonly Needs[],
  zone: { name: string; now: number },
): Promise<ConnectionTest> {
  const test = startTest();
  const verified = await test.first('Pendo', async () => {
    await client.verify();
    return true;
  });
  if (verified === undefined) return test.result();
  const objects: readonly SyncObject[] =
    needs.length === 0 ? ['visitor', 'account'] : needs.map(({ object }) => object);
  for (const object of objects) {
    await test.run('canRead', `The fields of ${object}s can be read.`, () => client.schema(object), object);
    if (!needs.some((need) => need.object === object && need.writesPendo)) {
      const why = needs.length === 0 ? 'Not tried: nothing is mapped yet' : 'Not needed: the mapping writes nothing';
      test.skip('canWrite', `${why} to ${object}s in Pendo.`, object);
      continue;
    }
    // A row of nobody: Pendo answers that it does not know the id, and changes nothing.
    const probe = { id: `crosswalk-write-probe-${randomUUID()}`, values: {} };
    await test.run(
      'canWrite',
      `Values of ${object}s can be written.`,
      () => client.writeValues(object, 'custom', [probe]),
      object,
    );
  }
  const right = await test.optional(() => hasZone(client, zone));
  if (right === undefined) {
    test.skip('zone', 'Pendo could not be asked for its days now; every run asks again.');
  } else if (right) {
    test.pass('zone', `Days begin in ${zone.name} as in Pendo.`);
  } else {
    test.fail('zone', {
      code: 'ZONE_MISMATCH',
      message: `Pendo's days do not begin when those of ${zone.name} do.`,
      fix: 'Set the time zone that Pendo shows under Subscription settings.',
    });
  }
  return test.result();
}

/** What a person reads about whether this is the subscription that the tenant had. */
export function subscriptionStep(kinship: Kinship, confirmed: boolean): TestStep[] {
  const step = 'identity';
  switch (kinship) {
    case 'same':
      return [{ step, state: 'passed', message: 'This is the Pendo subscription that it was.' }];
    case 'unknown': {
      const message =
        'Pendo names no subscription to a key, and there is nothing to tell it by: no guide, page, feature or track type was known. Check yourself that the key is of the right subscription.';
      return [{ step, state: 'skipped', message }];
    }
    default: {
      if (confirmed) return [{ step, state: 'passed', message: 'The tenant has moved to another Pendo subscription.' }];
      const code = 'SUBSCRIPTION_CHANGED';
      const fix =
        'Connect a key of the subscription that this tenant had, or connect this one again and confirm with `allowSubscriptionSwap: true`.';
      const message = 'The key is not of the Pendo subscription that it was stored for: they have nothing in common.';
      return [{ step, state: 'failed', code, message, fix }];
    }
  }
}

/** No endpoint names the zone, so Pendo is asked when some days begin: now, half a year ago, and a year ago. */
async function hasZone(client: PendoClient, { name, now }: { name: string; now: number }): Promise<boolean> {
  const instants = [0, 91, 182, 273, 360].map((days) => now - days * 86_400_000);
  let right = true;
  const rows = await client.aggregate<{ ms: unknown; day: unknown }>(pipelines.startOfPeriod(instants), (row) => {
    const ms = numberIn(row.ms);
    right &&= ms !== undefined && numberIn(row.day) === startOfDay(ms, name);
  });
  return right && rows === instants.length;
}

/** Ids are given out in ascending order, and no portal is near this one. The first ones exist: HubSpot's sample records have them. */
const nobodysId = '9007199254740991';

/** Writes to a record that is not there: HubSpot answers that, or that it will not write. */
async function probeWrite(client: HubSpotClient, type: 'contacts' | 'companies'): Promise<void> {
  try {
    await client.batchUpdate(type, [{ id: nobodysId, properties: {} }]);
  } catch (error) {
    // Refused for what was asked and not for who asked: the permission is there.
    if (error instanceof VendorError && error.kind === 'rejected') return;
    throw error;
  }
}

function describePortal(test: ReturnType<typeof startTest>, account: HubSpotAccount): void {
  const name = account.portalName ?? account.uiDomain;
  test.identity.portalId = String(account.portalId);
  test.identity.portalName = name;
  test.identity.timeZone = account.timeZone;
  test.identity.uiDomain = account.uiDomain;
  test.identity.hosting = account.dataHostingLocation;
  test.identity.accountType = account.accountType;
  test.pass('identity', `This is the HubSpot account ${name} (${account.portalId}).`);
}

function startTest() {
  const steps: TestStep[] = [];
  const identity: Record<string, unknown> = {};
  let temporary = false;
  const add = (step: TestStep) => void steps.push(step);
  const fail = (step: StepName, problem: { code: string; message: string; fix: string }, object?: SyncObject) =>
    add({ step, ...(object && { object }), state: 'failed', ...problem });
  const pass = (step: StepName, message: string, object?: SyncObject) =>
    add({ step, ...(object && { object }), state: 'passed', message });
  const skip = (step: StepName, message: string, object?: SyncObject) =>
    add({ step, ...(object && { object }), state: 'skipped', message });

  const failWith = (error: unknown, step: StepName, object?: SyncObject): void => {
    if (!(error instanceof VendorError)) throw error;
    const problem = explain(error, step);
    temporary ||= problem.temporary;
    fail(problem.temporary ? 'reachable' : step, problem, object);
  };
  return {
    identity,
    pass,
    fail,
    skip,
    /** The first call tells reachable and authentic apart; without it nothing else is asked. */
    first: async <T>(vendor: string, work: () => Promise<T>): Promise<T | undefined> => {
      try {
        const answer = await work();
        pass('reachable', `${vendor} answers.`);
        pass('authentic', `${vendor} accepts the credential.`);
        return answer;
      } catch (error) {
        if (error instanceof VendorError && !explain(error, 'authentic').temporary)
          pass('reachable', `${vendor} answers.`);
        failWith(error, 'authentic');
        return undefined;
      }
    },
    run: async (step: StepName, message: string, work: () => Promise<unknown>, object?: SyncObject): Promise<void> => {
      try {
        await work();
        pass(step, message, object);
      } catch (error) {
        failWith(error, step, object);
      }
    },
    optional: async <T>(work: () => Promise<T>): Promise<T | undefined> => {
      try {
        return await work();
      } catch (error) {
        if (error instanceof VendorError && error.kind !== 'unauthorised') return undefined;
        throw error;
      }
    },
    result: (): ConnectionTest => ({ ok: steps.every(({ state }) => state !== 'failed'), temporary, steps, identity }),
  };
}

/** A vendor's refusal in words for the person who connects. */
function explain(
  error: VendorError,
  step: StepName,
): { code: string; message: string; fix: string; temporary: boolean } {
  const vendor = vendorNames[error.vendor];
  if (error.blames === 'operator') {
    return {
      code: 'OPERATOR_FAULT',
      message: error.message,
      fix: 'Ask the operator of this installation: its log names the setting. The credential may be correct.',
      temporary: true,
    };
  }
  switch (error.kind) {
    case 'wait':
    case 'transient':
    case 'tooMuch':
      return {
        code: 'UNREACHABLE',
        message: `${vendor} cannot be asked now: ${error.message}`,
        fix: retryFix(error),
        temporary: true,
      };
    case 'unauthorised':
      return {
        code: 'CREDENTIAL_REFUSED',
        message: `${vendor} refuses the credential.`,
        fix:
          vendor === 'Pendo'
            ? 'Check that the key is whole, that it is an integration key (Pendo: Settings, Integrations, Integration Keys), and that the region is the one of your Pendo address.'
            : 'Check that the token is whole and was not revoked.',
        temporary: false,
      };
    case 'forbidden':
      if (step === 'events' && !error.scopes?.length) {
        return {
          code: 'EVENTS_NOT_AVAILABLE',
          message: 'This HubSpot account does not have custom events.',
          fix: 'Take `events` out of the configuration, or move the HubSpot account to an edition with custom events (Enterprise).',
          temporary: false,
        };
      }
      return {
        code: error.scopes?.length ? 'MISSING_SCOPES' : 'FORBIDDEN',
        message: error.scopes?.length
          ? `${vendor} refuses this: the credential lacks ${error.scopes.join(', ')}.`
          : `${vendor} does not let this credential do it.`,
        fix:
          vendor === 'Pendo'
            ? step === 'canWrite'
              ? 'Make an integration key with "Allow Write Access" in Pendo, and connect with it. A mapping without pull fields needs no write access.'
              : 'Check that this is an integration key (Pendo: Settings, Integrations, Integration Keys), and check the region: a key of another region is refused in the same way.'
            : 'Add the missing scopes in HubSpot, then connect again.',
        temporary: false,
      };
    case 'rejected':
      return {
        code: error.code,
        message: `${vendor} refuses the request: ${error.message}`,
        fix: `Check the settings of the connection.`,
        temporary: false,
      };
  }
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
