import { Anchor, Breadcrumbs, Container, Group, Skeleton, Stack, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect, useState } from 'react';
import { common } from '../words/common.ts';

interface Crumb {
  label: string;
  to: string;
}

interface Props {
  title: string;
  crumbs?: readonly Crumb[] | undefined;
  /** Buttons, at the right of the title. */
  actions?: ReactNode;
  children: ReactNode;
}

/** The frame of every page: where one is, what it is called, what can be done, and then the answer. */
export function Page({ title, crumbs, actions, children }: Props) {
  useDocumentTitle(`${title} · ${common.product}`);
  return (
    <Container size="xl" px={{ base: 'sm', sm: 'lg' }} py="lg">
      <Stack gap="lg">
        <Stack gap={4}>
          {crumbs && crumbs.length > 0 && (
            <Breadcrumbs separator="›" fz="sm">
              {crumbs.map((crumb) => (
                <Anchor key={crumb.to} renderRoot={(props) => <Link to={crumb.to} {...props} />} fz="sm">
                  {crumb.label}
                </Anchor>
              ))}
            </Breadcrumbs>
          )}
          <Group justify="space-between" align="flex-start" gap="sm">
            <Title order={1} style={{ overflowWrap: 'anywhere', minWidth: 0 }}>
              {title}
            </Title>
            {actions && <Group gap="xs">{actions}</Group>}
          </Group>
        </Stack>
        {children}
      </Stack>
    </Container>
  );
}

/** Rows in the shape of what will be there, shown only if it takes longer than 200 ms. */
export function Waiting({ rows = 5, height = 36 }: { rows?: number; height?: number }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 200);
    return () => clearTimeout(timer);
  }, []);
  if (!late) return <div style={{ minHeight: rows * height }} />;
  return (
    <Stack gap={8} role="status" aria-label={common.loading}>
      {Array.from({ length: rows }, (_, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows of a skeleton have nothing else
        <Skeleton key={at} height={height} />
      ))}
    </Stack>
  );
}
