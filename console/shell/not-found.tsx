import { Text } from '@mantine/core';
import { To } from '../parts/link.tsx';
import { Page } from '../parts/page.tsx';
import { notFound } from '../words/not-found.ts';

export function NotFound() {
  return (
    <Page title={notFound.title}>
      <Text>{notFound.text}</Text>
      <To to="/">{notFound.home}</To>
    </Page>
  );
}
