import { Paper, Stack, Text, UnstyledButton } from '@mantine/core';
import { IconCircle, IconCircleCheckFilled } from '@tabler/icons-react';
import type { Sync } from '../../queries.ts';
import { setup as words } from '../../words/setup.ts';

export const steps = ['pendo', 'hubspot', 'match', 'pull', 'push', 'preview', 'enable'] as const;
export type Step = (typeof steps)[number];

interface Props {
  step: Step;
  connected: readonly string[];
  sync: Sync | undefined;
  /** There is a preview of the configuration as it is. */
  previewed: boolean;
  onGo: (step: Step) => void;
}

interface Said {
  done: boolean;
  word: string;
}

/** Each step with its state in words. */
function stateOf(step: Step, { connected, sync, previewed }: Pick<Props, 'connected' | 'sync' | 'previewed'>): Said {
  const { stepStates } = words;
  const todo = { done: false, word: stepStates.todo };
  switch (step) {
    case 'pendo':
    case 'hubspot':
      return connected.includes(step) ? { done: true, word: stepStates.connected } : todo;
    case 'match':
      return sync ? { done: true, word: stepStates.keyIs(sync.config.joinKey.property) } : todo;
    case 'pull':
    case 'push': {
      const fields = sync?.config[step].length ?? 0;
      const events = step === 'push' ? (sync?.config.events?.length ?? 0) : 0;
      const done = fields + events > 0;
      return { done, word: done ? stepStates.chosen(fields, events) : stepStates.optional };
    }
    case 'enable':
      return sync?.state === 'enabled' ? { done: true, word: stepStates.enabled } : todo;
    default:
      return previewed ? { done: true, word: stepStates.previewed } : { done: sync?.state === 'enabled', word: '' };
  }
}

export function Rail({ step, connected, sync, previewed, onGo }: Props) {
  return (
    <Paper
      withBorder
      p="xs"
      radius="md"
      component="nav"
      aria-label={words.title}
      style={{ borderColor: 'var(--cw-line)' }}
    >
      <Stack gap={2} component="ol" style={{ listStyle: 'none', margin: 0, padding: 0 }}>
        {steps.map((one, at) => {
          const said = stateOf(one, { connected, sync, previewed });
          const Icon = said.done ? IconCircleCheckFilled : IconCircle;
          return (
            <li key={one}>
              <UnstyledButton
                onClick={() => onGo(one)}
                aria-current={one === step ? 'step' : undefined}
                w="100%"
                px="xs"
                py={{ base: 4, sm: 'xs' }}
                style={{
                  borderRadius: 8,
                  background: one === step ? 'var(--mantine-primary-color-light)' : undefined,
                  display: 'flex',
                  gap: 10,
                  alignItems: 'center',
                }}
              >
                <Icon
                  size={18}
                  aria-hidden
                  style={{ color: said.done ? 'var(--cw-good)' : 'var(--cw-idle)', flexShrink: 0 }}
                />
                <span>
                  <Text fw={one === step ? 700 : 500}>
                    {at + 1}. {words.steps[one]}
                  </Text>
                  {said.word && (
                    <Text fz="xs" c="dimmed" visibleFrom="sm">
                      {said.word}
                    </Text>
                  )}
                </span>
              </UnstyledButton>
            </li>
          );
        })}
      </Stack>
    </Paper>
  );
}
