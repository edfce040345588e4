/** The audit trail as JSON lines, in the order of its chains: each line can be checked against the one before it. */
import { sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import { authorise, authorisePlatform, type Caller } from '../caller.ts';
import type { Control } from '../control.ts';
import { audit } from './audit.ts';
import { type Chain, chainName, deploymentChain, entryText, type Link, listChains } from './chains.ts';

export interface LinesRequest {
  /** One chain: a tenant's id, or `deployment`. Left out: all that the caller may see. */
  chain?: string | undefined;
  /** Entries after this place of the chain. */
  after?: string | undefined;
}

/** @throws what refuses the caller, before the first line. The export itself is an entry of the trail. */
export async function openAuditLines(
  control: Pick<Control, 'db'>,
  caller: Caller,
  { chain: named, after = '0' }: LinesRequest,
): Promise<AsyncGenerator<string>> {
  const of = named === 'deployment' ? null : (named ?? caller.tenantId);
  if (of === null) authorisePlatform(caller, 'admin');
  else authorise(caller, 'admin', of);
  await auditExport(control, caller, of, 'audit');
  const read = <T>(work: (tx: Tx) => Promise<T>): Promise<T> =>
    of === null ? control.db.platform(work) : control.db.tenant(of, work);
  const chains = of !== null ? [of] : named === undefined ? await read(listChains) : [deploymentChain];
  return lines(read, chains, after);
}

/** Reads of personal data in bulk are recorded before the first line of them goes out. */
export async function auditExport(
  control: Pick<Control, 'db'>,
  caller: Caller,
  tenantId: string | null,
  subject: string,
  detail?: Record<string, unknown>,
): Promise<void> {
  const entry = { tenantId, action: 'data.exported', subject, after: detail };
  await (tenantId === null
    ? control.db.platform((tx) => audit(tx, caller, entry))
    : control.db.tenant(tenantId, (tx) => audit(tx, caller, entry)));
}

const pageRows = 500;

async function* lines(
  read: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>,
  chains: readonly Chain[],
  from: string,
): AsyncGenerator<string> {
  for (const chain of chains) {
    for (let after: string | undefined = from; after !== undefined; ) {
      const rows = await read((tx) => readPage(tx, chain, after!));
      for (const { seq, hash, previous, entry } of rows) {
        const head = { chain: chainName(chain), seq: Number(seq), previous: previous?.toString('hex') ?? '' };
        // The entry is the very text that the hash is over, and the last member, so that it can be cut out of the line.
        yield `${JSON.stringify({ ...head, hash: hash.toString('hex') }).slice(0, -1)},"entry":${entry}}\n`;
      }
      after = rows.length === pageRows ? rows.at(-1)?.seq : undefined;
    }
  }
}

async function readPage(
  tx: Tx,
  chain: Chain,
  after: string,
): Promise<(Link & { previous: Buffer | null; entry: string })[]> {
  const { rows } = await sql<Link & { previous: Buffer | null; entry: string }>`
    select l.seq::text as seq, l.hash, p.hash as previous, ${entryText} as entry
    from audit_links l
    join audit a on a.id = l.audit_id
    left join audit_links p on coalesce(p.tenant_id, '') = ${chain} and p.seq = l.seq - 1
    where coalesce(l.tenant_id, '') = ${chain} and l.seq > ${after}::bigint
    order by l.seq limit ${pageRows}`.execute(tx);
  return rows;
}
