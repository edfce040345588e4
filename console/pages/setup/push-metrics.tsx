import { Checkbox, Stack, Text, Title } from '@mantine/core';
import type { PushMapping } from '../../../src/sync/push-mapping.ts';
import { setup } from '../../words/setup.ts';
import { metrics } from '../../words/sync.ts';
import type { SyncObject } from '../../words/things.ts';
import { FieldProblems } from './field-problems.tsx';
import type { useCheckedPush } from './push-check.ts';

type MetricEntry = Extract<PushMapping, { metric: unknown }>;

interface Props {
  object: SyncObject;
  /** What is chosen, first in the push. A field that is counted over several windows stands there several times. */
  chosen: readonly MetricEntry[];
  onToggle: (metric: string, on: boolean) => void;
  checked: ReturnType<typeof useCheckedPush>;
}

/** The seven fields of Pendo's own integration, grouped as there, each with what it means and the property that it becomes. */
export function PushMetrics({ object, chosen, onToggle, checked }: Props) {
  const offered = Object.entries(metrics).filter(([name]) => object === 'account' || name !== 'totalVisitors');
  return (['Usage', 'NPS'] as const).map((group) => (
    <Stack key={group} gap="sm">
      <Title order={3}>{group}</Title>
      {offered
        .filter(([, metric]) => metric.group === group)
        .map(([name, { label, means }]) => (
          <Stack key={name} gap={2}>
            <Checkbox
              label={label}
              description={means}
              checked={chosen.some(({ metric }) => metric === name)}
              onChange={(event) => onToggle(name, event.currentTarget.checked)}
            />
            {chosen.map(
              ({ metric, window }, at) => metric === name && <Becoming key={window ?? 0} at={at} checked={checked} />,
            )}
          </Stack>
        ))}
    </Stack>
  ));
}

function Becoming({ at, checked }: { at: number; checked: Props['checked'] }) {
  const found = checked.fieldOf(at);
  return (
    <div style={{ paddingLeft: 32 }}>
      {found && (
        <Text fz="xs" c="dimmed">
          {setup.push.property}: <span className="mono">{found.property}</span>
        </Text>
      )}
      <FieldProblems problems={checked.problemsOf('push', at)} />
    </div>
  );
}
