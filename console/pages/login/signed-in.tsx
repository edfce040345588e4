import { Text } from '@mantine/core';
import { useEffect } from 'react';
import { Page } from '../../parts/page.tsx';
import { announce } from '../../shell/tabs.ts';
import { signIn } from '../../words/common.ts';

/** Where a login in a window of its own ends. */
export function SignedInPage() {
  useEffect(() => {
    announce('in');
    window.close();
  }, []);
  return (
    <Page title={signIn.done}>
      <Text>{signIn.doneText}</Text>
    </Page>
  );
}
