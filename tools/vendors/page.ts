/** docs/vendors.md, from the registry: what is taken for granted of the vendors, and how an account is asked. */
import { assumptions } from '../../src/assumptions/registry.ts';

const head = `# What we assume about the vendors

The vendors' public texts leave holes, and an account may work in another way than others. So Crosswalk
asks each connected account, reading only: everything that a sync rests on before it writes for the first time,
and then in each run, in up to three calls, what was asked longest ago and is older than 20 hours.
\`crosswalk verify <tenant>\` asks at once and shows what the account answered; the API has it under
\`/v1/tenants/{tenant}/assumptions\`.

- **proved**: this account answered as assumed.
- **not so**: it did not. If there is another way to do it, syncs that rely on it use that way. Otherwise they stop
  before they write, with the reason \`ASSUMPTION_DISPROVED\`.
- **cannot tell**: the account has nothing by which to tell (no activity, no survey), or does not answer the
  question. Syncs run.

What only writing shows is found out by the first records that a sync writes: of each field with its type, of
clearing, and of creations, at most ten records go first and are read back, before others are sent. If they
do not read back as they were sent, the sync stops with \`READ_BACK_WRONG\`.

This page is made by \`npm run docs:vendors\` from \`src/assumptions\`.
`;

const foot = `
## What is not asked

- Whether one bad row makes HubSpot refuse its batch. Both answers are handled.
- How many calls in flight a portal bears.

These need no question, because the product does not rest on them:

- \`updated\` in Pendo's answer to a write is not used; rows are judged by what is missing or refused.
- A property group of HubSpot's is looked for before it is made, and again where making it is refused, whatever HubSpot
  calls that.
- Scopes, and the right to write and to define properties, are tried when an account is connected and before a sync is
  enabled: by what the key says of itself, and by writes to a record and a property that are not there.
- Properties that HubSpot shows to some credentials only (sensitive data) are listed apart; what a record leaves out is
  not known, and never a difference.
`;

export function vendorsPage(): string {
  const sections = assumptions.map(({ vendor, assumed, matters, source, check, calls, otherwise, fix, id }) =>
    [
      `### ${vendor === 'pendo' ? 'Pendo' : 'HubSpot'}: ${assumed}`,
      '',
      '| | |',
      '|---|---|',
      `| Id | \`${id}\` |`,
      `| Where it is not so | ${matters} |`,
      `| Known from | ${source} |`,
      `| How the account is asked | ${check} At most ${calls} ${calls === 1 ? 'call' : 'calls'}. |`,
      `| What follows | ${otherwise === 'stop' ? 'The syncs that rest on it stop before they write more.' : 'The syncs go another way, or on without it.'} |`,
      `| What to do | ${fix} |`,
    ].join('\n'),
  );
  return `${head}\n## What is asked\n\n${sections.join('\n\n')}\n${foot}`;
}
