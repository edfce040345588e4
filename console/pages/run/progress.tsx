import { Group, Progress, Stack, Text } from '@mantine/core';
import type { Run } from '../../queries.ts';
import { run as words } from '../../words/run.ts';

const steps = ['hubspot', 'pendo', 'pull', 'push'] as const;

/** Four live bars: reading and writing both sides, with rate and time left. */
export function RunProgress({ run }: { run: Run }) {
  return (
    <Stack gap="sm">
      {steps.map((name) => {
        const step = run.progress[name];
        const share = step?.total ? Math.min(100, (100 * step.done) / step.total) : 0;
        const live = step !== undefined && (step.total === null || step.done < step.total);
        return (
          <div key={name}>
            <Group justify="space-between" gap="sm">
              <Text fz="sm" fw={600}>
                {words.steps[name]}
              </Text>
              <Text fz="sm" c="dimmed">
                {step && words.progressOf(step.done, step.total)}
                {step?.rate != null && live && ` · ${words.rate(step.rate)}`}
                {step?.left != null && live && ` · ${words.left(step.left)}`}
              </Text>
            </Group>
            <Progress
              value={step && step.total === null ? 100 : share}
              animated={live}
              color={live ? 'ink' : 'teal.8'}
              aria-label={words.steps[name]}
              size="md"
            />
          </div>
        );
      })}
    </Stack>
  );
}
