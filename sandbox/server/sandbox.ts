import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdminServer } from '../admin/admin-server.ts';
import { type PendoRegion, pendoRegions } from '../contract.ts';
import { createOAuth } from '../hubspot/oauth.ts';
import { forbidden } from '../pendo/index.ts';
import { createClock } from '../world/clock.ts';
import { defaultSwitches } from './switches.ts';
import type { VendorRequest } from './vendor.ts';
import { createVendorServer } from './vendor-server.ts';
import { createWorlds } from './world.ts';

export interface SandboxOptions {
  /** Ports on the loopback interface; 0 (the default): any free one. */
  hubspotPort?: number;
  pendoPort?: number;
  adminPort?: number;
  host?: string;
  /** What the sandbox's clock says at the start, epoch ms. Default: real time. */
  now?: number;
  /** Does its clock run on? Default true. */
  running?: boolean;
}

export interface RunningSandbox {
  hubspotUrl: string;
  /** Of the region `us`. */
  pendoUrl: string;
  /** Of every region. */
  pendoUrls: Record<PendoRegion, string>;
  adminUrl: string;
  /** The OAuth app that HubSpot's half knows. */
  oauth: { clientId: string; clientSecret: string };
  close(): Promise<void>;
}

/** Starts both vendors and the admin API in this process. */
export async function startSandbox(options: SandboxOptions = {}): Promise<RunningSandbox> {
  const clock = createClock({
    ...(options.now === undefined ? {} : { now: options.now }),
    ...(options.running === undefined ? {} : { running: options.running }),
  });
  const worlds = createWorlds(clock);
  const oauth = createOAuth(worlds);
  const hubspot = createVendorServer('hubspot', worlds, (request) => oauth.resolve(request));
  const pendo = pendoRegions.map((home) =>
    createVendorServer('pendo', worlds, (request) => {
      const credential = request.headers['x-pendo-integration-key'] ?? '';
      const known = worlds.withPendoKey(credential);
      const live = known?.region === regionOf(request, home) ? known : null;
      const unknown = () => forbidden(defaultSwitches().pendoForbiddenBody, { operation: 'unknown', records: 0 });
      return { live, credential, handle: (vendorRequest) => live?.pendo.handle(vendorRequest) ?? unknown() };
    }),
  );

  const host = options.host ?? '127.0.0.1';
  const hubspotUrl = await listen(hubspot, host, options.hubspotPort ?? 0);
  const pendoUrls = {} as Record<PendoRegion, string>;
  for (const [n, region] of pendoRegions.entries())
    pendoUrls[region] = await listen(pendo[n]!, host, n === 0 ? (options.pendoPort ?? 0) : 0);
  const pendoUrl = pendoUrls.us;
  const admin = createAdminServer(worlds, { hubspotUrl, pendoUrl, pendoUrls, oauth: oauth.app });
  const adminUrl = await listen(admin, host, options.adminPort ?? 0);
  return {
    hubspotUrl,
    pendoUrl,
    pendoUrls,
    adminUrl,
    oauth: oauth.app,
    async close() {
      await Promise.all([hubspot, ...pendo, admin].map(stop));
    },
  };
}

/** Every region can also be reached at any Pendo port, as `/eu/api/v1/…`: for clients that know one base address only. */
function regionOf(request: VendorRequest, home: PendoRegion): PendoRegion {
  const named = pendoRegions.find((region) => request.path.startsWith(`/${region}/api/`));
  if (named !== undefined) request.path = request.path.slice(named.length + 1);
  return named ?? home;
}

function listen(server: Server, host: string, port: number): Promise<string> {
  return new Promise((done, fail) => {
    server.once('error', fail);
    server.listen(port, host, () => done(`http://${host}:${(server.address() as AddressInfo).port}`));
  });
}

/** Requests that a fault keeps hanging must not keep the process. */
function stop(server: Server): Promise<void> {
  return new Promise((done) => {
    server.close(() => done());
    server.closeAllConnections();
  });
}
