import { Center, Paper, Stack, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { answer, api } from '../../api.ts';
import { ProblemBox } from '../../parts/problem.tsx';
import { signIn } from '../../words/common.ts';
import { SignInForm } from './sign-in-form.tsx';

/** A one-time code stands in the fragment, which browsers send to nobody. */
function codeOfAddress(): string | null {
  return new URLSearchParams(window.location.hash.slice(1)).get('code');
}

export function SignInPage({ onDone }: { onDone: () => void }) {
  const code = useRef(codeOfAddress());
  const redeem = useMutation({
    mutationFn: (text: string) => answer(api.signIn.$post({ json: { code: text } })),
    onSettled: () => window.history.replaceState(null, '', window.location.pathname + window.location.search),
    onSuccess: onDone,
  });
  const { mutate } = redeem;
  useEffect(() => {
    const text = code.current;
    code.current = null;
    if (text !== null) mutate(text);
  }, [mutate]);
  return (
    <Center mih="100vh" p="md" component="main">
      <Paper withBorder p="xl" radius="md" w={420} maw="100%">
        <Stack>
          <Title order={1}>{signIn.title}</Title>
          {redeem.isPending && <Text role="status">{signIn.withCode}</Text>}
          {redeem.error && <ProblemBox error={redeem.error} title={signIn.codeFailed} />}
          {!redeem.isPending && <SignInForm onDone={onDone} />}
        </Stack>
      </Paper>
    </Center>
  );
}
