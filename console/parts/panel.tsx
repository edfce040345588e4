import { Group, Paper, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';

/** A part of a page with its heading. */
export function Panel({ title, aside, children }: { title?: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <Paper
      component="section"
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
