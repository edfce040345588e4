/** Checks chains of the audit trail: every entry against its link, every link against the one before, every signature. */
import { timingSafeEqual } from 'node:crypto';
import { sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import { signingKey } from '../../vault/index.ts';
import { authorise, authorisePlatform, type Caller } from '../caller.ts';
import type { Control } from '../control.ts';
import {
  type Chain,
  type CheckpointKind,
  chainName,
  deploymentChain,
  entryText,
  type Link,
  linkHash,
  listChains,
  signatureOf,
} from './chains.ts';

export type ChainFault = 'CHANGED' | 'MISSING' | 'BEGINNING_MISSING' | 'END_MISSING' | 'NOT_LINKED' | 'SIGNATURE_WRONG';

export interface ChainReport {
  chain: string;
  /** Entries that were checked. */
  entries: number;
  /** Place and hash of the newest. Keep them elsewhere to know the trail again. */
  head: { seq: string; hash: string } | null;
  /** The newest place whose hash is signed. */
  signedTo: string | null;
  /** Older than the chains: of version 0.1.0. */
  unchained: number;
  problems: { code: ChainFault; seq: string | null; message: string }[];
}

const pageRows = 500;
const mostProblems = 20;

interface Checkpoint extends Link {
  kind: CheckpointKind;
  signature: Buffer;
}

/** Of one tenant, or of everything that the caller may see. A tenant that was deleted has its chain still. */
export async function verifyAudit(
  control: Pick<Control, 'db' | 'vault'>,
  caller: Caller,
  tenantId: string | undefined,
): Promise<ChainReport[]> {
  const of = tenantId ?? caller.tenantId;
  if (of === null) authorisePlatform(caller, 'admin');
  else authorise(caller, 'admin', of);
  const key = await control.db.platform((tx) => control.vault.deployment.get(tx, signingKey));
  const chains = of === null ? await control.db.platform(listChains) : [of];
  const read = <T>(work: (tx: Tx) => Promise<T>): Promise<T> =>
    of === null ? control.db.platform(work) : control.db.tenant(of, work);
  const reports: ChainReport[] = [];
  for (const chain of chains) {
    const report = await verifyChain(read, key, chain);
    // Where the beginning was pruned between two pages, the second look is at what is there now.
    reports.push(report.problems.length === 0 ? report : await verifyChain(read, key, chain));
  }
  return reports;
}

type Read = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;

async function verifyChain(read: Read, key: Buffer, chain: Chain): Promise<ChainReport> {
  const report: ChainReport = {
    chain: chainName(chain),
    entries: 0,
    head: null,
    signedTo: null,
    unchained: 0,
    problems: [],
  };
  const say = (code: ChainFault, seq: string | null, message: string): void => {
    if (report.problems.length < mostProblems) report.problems.push({ code, seq, message });
  };
  const checkpoints = await read((tx) => listCheckpoints(tx, chain));
  let last: Link | undefined;
  for (let more = true; more; ) {
    const rows = await read((tx) => listLinks(tx, chain, last?.seq ?? '0'));
    for (const row of rows) {
      const here = checkpoints.get(row.seq) ?? [];
      for (const point of here) {
        const signed = timingSafeEqual(point.signature, signatureOf(key, point.kind, chain, row));
        if (!signed || !point.hash.equals(row.hash)) say('SIGNATURE_WRONG', row.seq, wrongSignature);
        else report.signedTo = row.seq;
      }
      if (last === undefined) checkBeginning(row, here, say);
      else if (BigInt(row.seq) !== BigInt(last.seq) + 1n) {
        say('MISSING', row.seq, `The entries between ${last.seq} and ${row.seq} are missing.`);
      } else if (row.entry === null) say('MISSING', row.seq, `Entry ${row.seq} was removed.`);
      else if (!linkHash(last.hash, row.entry).equals(row.hash)) say('CHANGED', row.seq, changed(row.seq));
      if (row.entry !== null) report.entries += 1;
      last = row;
    }
    more = rows.length === pageRows;
  }
  report.head = last === undefined ? null : { seq: last.seq, hash: last.hash.toString('hex') };
  const beyond = [...checkpoints.keys()].find((seq) => BigInt(seq) > BigInt(last?.seq ?? 0));
  if (beyond !== undefined) {
    say('END_MISSING', beyond, `Entry ${beyond} was signed as the newest once, and the trail ends before it.`);
  }
  const loose = await read((tx) => countLoose(tx, chain));
  report.unchained = loose.older;
  if (loose.younger > 0)
    say('NOT_LINKED', null, `${loose.younger} entries are in no chain: they were not added by Crosswalk.`);
  return report;
}

const wrongSignature = 'What stands here is not what was signed, or was signed with another key.';
const changed = (seq: string) => `Entry ${seq} is not what it was when it was written.`;

/** A chain begins with its first entry, or with the last that was pruned, of which the signed hash is left. */
function checkBeginning(
  row: Link & { entry: string | null },
  here: readonly Checkpoint[],
  say: (code: ChainFault, seq: string, message: string) => void,
): void {
  if (row.entry === null) {
    if (here.some(({ kind }) => kind === 'pruned')) return;
    say('BEGINNING_MISSING', row.seq, `The entries up to ${row.seq} are missing, and were not pruned by Crosswalk.`);
  } else if (row.seq !== '1') {
    say('BEGINNING_MISSING', row.seq, `The entries before ${row.seq} are missing.`);
  } else if (!linkHash(Buffer.alloc(0), row.entry).equals(row.hash)) say('CHANGED', row.seq, changed(row.seq));
}

async function listLinks(tx: Tx, chain: Chain, after: string): Promise<(Link & { entry: string | null })[]> {
  const { rows } = await sql<Link & { entry: string | null }>`
    select l.seq::text as seq, l.hash, case when a.id is null then null else ${entryText} end as entry
    from audit_links l left join audit a on a.id = l.audit_id
    where coalesce(l.tenant_id, '') = ${chain} and l.seq > ${after}::bigint
    order by l.seq limit ${pageRows}`.execute(tx);
  return rows;
}

async function listCheckpoints(tx: Tx, chain: Chain): Promise<Map<string, Checkpoint[]>> {
  const { rows } = await sql<Checkpoint>`
    select seq::text as seq, kind, hash, signature from audit_checkpoints
    where coalesce(tenant_id, '') = ${chain} order by audit_checkpoints.seq`.execute(tx);
  return Map.groupBy(rows, ({ seq }) => seq);
}

async function countLoose(tx: Tx, chain: Chain): Promise<{ older: number; younger: number }> {
  const ofChain = chain === deploymentChain ? sql`a.tenant_id is null` : sql`a.tenant_id = ${chain}`;
  const { rows } = await sql<{ older: number; younger: number }>`
    select count(*) filter (where a.id <= s.audit_id)::int as older, count(*) filter (where a.id > s.audit_id)::int as younger
    from audit a, audit_start s
    where ${ofChain} and not exists (select from audit_links l where l.audit_id = a.id)`.execute(tx);
  return rows[0] ?? { older: 0, younger: 0 };
}
