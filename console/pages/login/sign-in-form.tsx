import { Button, PasswordInput, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { answer, api } from '../../api.ts';
import { ProblemBox } from '../../parts/problem.tsx';
import { signIn } from '../../words/common.ts';

/** One field for a key. The key goes to the API once and is kept nowhere. */
export function SignInForm({ onDone, note }: { onDone: () => void; note?: string }) {
  const [key, setKey] = useState('');
  const start = useMutation({
    mutationFn: () => answer(api.signIn.$post({ json: { key: key.trim() } })),
    onSuccess: () => {
      setKey('');
      onDone();
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (key.trim() !== '') start.mutate();
      }}
    >
      <Stack>
        {note && <Text>{note}</Text>}
        <PasswordInput
          label={signIn.label}
          description={signIn.hint}
          value={key}
          onChange={(event) => setKey(event.currentTarget.value)}
          autoComplete="current-password"
          data-autofocus
          autoFocus
          required
        />
        {start.error && <ProblemBox error={start.error} />}
        <Button type="submit" loading={start.isPending}>
          {signIn.button}
        </Button>
      </Stack>
    </form>
  );
}
