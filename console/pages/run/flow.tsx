import { SimpleGrid } from '@mantine/core';
import type { ReactNode } from 'react';
import { To } from '../../parts/link.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Flow } from '../../pictures/flow.tsx';
import { MatchBar } from '../../pictures/match-bar.tsx';
import type { RunDetail } from '../../queries.ts';
import { run as words } from '../../words/run.ts';
import type { Leg } from '../../words/things.ts';

/** Who matched, and how many records reached each step of both directions. */
export function RunFlow({ tenant, run }: { tenant: string; run: RunDetail }) {
  const { legs, read, match } = run.counts;
  if (!legs) return null;
  const link = (leg: Leg) => (outcome: string, children: ReactNode) => (
    <To to="/t/$tenant/runs/$run" params={{ tenant, run: run.id }} search={{ leg, outcome }} hash="records">
      {children}
    </To>
  );
  const matched = match?.matched ?? 0;
  return (
    <>
      {match && read && (
        <Panel title={words.match}>
          <MatchBar hubspot={(read.hubspot ?? 0) - matched} both={matched} pendo={(read.pendo ?? 0) - matched} />
        </Panel>
      )}
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        {(['pull', 'push'] as const).map((leg) => (
          <Panel key={leg} title={run.dryRun ? words.wouldFlow(leg) : words.flow(leg)}>
            <Flow
              outcomes={legs[leg] ?? {}}
              color={leg === 'pull' ? 'var(--cw-hubspot)' : 'var(--cw-pendo)'}
              link={link(leg)}
            />
          </Panel>
        ))}
      </SimpleGrid>
    </>
  );
}
