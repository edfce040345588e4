/**
 * What one would write instead: a script on HubSpot's own client that reads all contacts and writes some of their
 * properties, one call after the other. Fairly tuned: 100 records a call, connections kept open, and a limiter of its
 * own at the tier's rate, so that it is never refused and waits for nothing else.
 */
import { Client } from '@hubspot/api-client';

export interface ScriptOptions {
  baseUrl: string;
  token: string;
  /** Stop reading after so many. */
  records: number;
  properties: string[];
  /** Calls per ten seconds. */
  tier: number;
  /** What to write into a record. */
  change(id: string): Record<string, string>;
}

export async function sequentialScript({ baseUrl, token, records, properties, tier, change }: ScriptOptions) {
  const client = new Client({
    accessToken: token,
    basePath: baseUrl,
    limiterOptions: {
      reservoir: tier,
      reservoirRefreshAmount: tier,
      reservoirRefreshInterval: 10_000,
      maxConcurrent: 1,
    },
  });
  const { basicApi, batchApi } = client.crm.contacts;

  const readFrom = performance.now();
  const ids: string[] = [];
  let after: string | undefined;
  do {
    const page = await basicApi.getPage(100, after, properties);
    ids.push(...page.results.map((record) => record.id));
    after = page.paging?.next?.after;
  } while (after !== undefined && ids.length < records);
  const readMs = performance.now() - readFrom;

  const writeFrom = performance.now();
  for (let at = 0; at < ids.length; at += 100) {
    const inputs = ids.slice(at, at + 100).map((id) => ({ id, properties: change(id) }));
    await batchApi.update({ inputs });
  }
  const writeMs = performance.now() - writeFrom;
  return { records: ids.length, readMs, writeMs };
}
