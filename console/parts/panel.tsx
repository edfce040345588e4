import { Group, Paper, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';

interface PanelProps {
  title?: string;
  aside?: ReactNode;
  children: ReactNode;
  /** It is an entry of the page's list: the keys j and k go from one to the next. */
  entry?: boolean;
}

/** A part of a page with its heading. */
export function Panel({ title, aside, children, entry }: PanelProps) {
  return (
    <Paper
      component="section"
      data-entry={entry}
      p={{ base: 'sm', sm: 'md' }}
      radius="md"
      withBorder
      style={{ borderColor: 'var(--cw-line)', minWidth: 0 }}
    >
      <Stack gap="sm">
        {(title || aside) && (
          <Group justify="space-between" gap="sm">
            {title && <Title order={2}>{title}</Title>}
            {aside}
          </Group>
        )}
        {children}
      </Stack>
    </Paper>
  );
}

/** What will appear here, when, and the one thing to do about it. */
export function Nothing({ children, action }: { children: ReactNode; action?: ReactNode }) {
  return (
    <Stack align="flex-start" gap="sm" py="md">
      <Text c="dimmed">{children}</Text>
      {action}
    </Stack>
  );
}
