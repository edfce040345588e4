import { Anchor, Group, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Time } from '../../parts/time.tsx';
import type { RunDetail } from '../../queries.ts';
import { useSession } from '../../shell/session.tsx';
import { duration } from '../../words/numbers.ts';
import { run as words } from '../../words/run.ts';
import { scopes, triggers } from '../../words/things.ts';

/** Who started it, when, with which configuration; and the way to its workflow. */
export function RunFacts({ tenant, run }: { tenant: string; run: RunDetail }) {
  const { temporalUrl } = useSession();
  const workflow = encodeURIComponent(`sync/${tenant}/${run.object}`);
  return (
    <Group gap="xl" fz="sm">
      <Fact label={words.trigger}>
        {triggers[run.trigger] ?? run.trigger}, {scopes[run.scope]}
      </Fact>
      <Fact label={words.started}>
        <Time at={run.openedAt ?? run.queuedAt} form="clock" />
      </Fact>
      <Fact label={words.took}>{duration(run.durationSeconds)}</Fact>
      <Fact label={words.by}>{run.requestedBy ?? '–'}</Fact>
      <Fact label={words.version}>{run.configVersion}</Fact>
      {temporalUrl && (
        <Anchor
          fz="sm"
          href={`${temporalUrl}/namespaces/default/workflows/${workflow}`}
          target="_blank"
          rel="noreferrer"
        >
          {words.temporal}
        </Anchor>
      )}
    </Group>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <Text fz="xs" c="dimmed">
        {label}
      </Text>
      <Text fz="sm">{children}</Text>
    </div>
  );
}
