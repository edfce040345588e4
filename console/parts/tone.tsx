import { Group, Text } from '@mantine/core';
import { IconAlertTriangleFilled, IconCircleCheckFilled, IconCircleDashed, IconHourglass } from '@tabler/icons-react';
import type { ReactNode } from 'react';

/** Red: somebody must act. Amber: it waits or tries again by itself. Grey: nothing to do. Green: checked and equal. */
export type Tone = 'act' | 'wait' | 'idle' | 'good';

const icons = {
  act: IconAlertTriangleFilled,
  wait: IconHourglass,
  idle: IconCircleDashed,
  good: IconCircleCheckFilled,
} as const;

export const toneColor = (tone: Tone): string => `var(--cw-${tone})`;
export const toneSurface = (tone: Tone): string => `var(--cw-${tone}-surface)`;

/** A state in its tone: icon and word, never colour alone. */
export function ToneMark({ tone, word, title }: { tone: Tone; word: string; title?: string | undefined }) {
  const Icon = icons[tone];
  return (
    <Group
      gap={6}
      wrap="nowrap"
      title={title}
      px={8}
      py={2}
      display="inline-flex"
      style={{ borderRadius: 999, background: toneSurface(tone), color: toneColor(tone), whiteSpace: 'nowrap' }}
    >
      <Icon size={14} aria-hidden />
      <Text component="span" fz="sm" fw={600} c="inherit">
        {word}
      </Text>
    </Group>
  );
}

/** A box in a tone, for what a person should read first. */
export function ToneBox({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <div
      style={{
        background: toneSurface(tone),
        borderInlineStart: `4px solid ${toneColor(tone)}`,
        borderRadius: 8,
        padding: '12px 16px',
      }}
    >
      {children}
    </div>
  );
}
