import { Group, Stack, Text } from '@mantine/core';
import { IconCheck, IconMinus, IconX } from '@tabler/icons-react';
import { setup } from '../words/setup.ts';
import { objects, type SyncObject } from '../words/things.ts';

interface TestStep {
  step: string;
  object?: SyncObject | undefined;
  state: 'passed' | 'failed' | 'skipped';
  message: string;
  fix?: string | undefined;
}

const icons = { passed: IconCheck, failed: IconX, skipped: IconMinus };
const colors = { passed: 'var(--cw-good)', failed: 'var(--cw-act)', skipped: 'var(--cw-idle)' };

/** A connection test step by step, each with what it found and how to fix it. */
export function ConnectionTest({ steps }: { steps: readonly TestStep[] }) {
  return (
    <Stack gap={6} component="ul" style={{ listStyle: 'none', margin: 0, padding: 0 }} aria-label={setup.tests}>
      {steps.map((step) => {
        const Icon = icons[step.state];
        return (
          <li key={`${step.step} ${step.object ?? ''}`}>
            <Group gap="sm" wrap="nowrap" align="flex-start">
              <Icon
                size={18}
                style={{ color: colors[step.state], flexShrink: 0, marginTop: 3 }}
                aria-label={step.state}
              />
              <div>
                <Text>
                  <b>{setup.testSteps[step.step] ?? step.step}</b>
                  {step.object && ` (${objects[step.object].sync.toLowerCase()})`}: {step.message}
                </Text>
                {step.fix && (
                  <Text fz="sm" c="dimmed">
                    {step.fix}
                  </Text>
                )}
              </div>
            </Group>
          </li>
        );
      })}
    </Stack>
  );
}
