import { Button, PasswordInput, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answer, api } from '../../api.ts';
import { ProblemBox } from '../../parts/problem.tsx';
import { signInWaysQuery } from '../../queries.ts';
import { signIn } from '../../words/common.ts';
import { SingleSignOn } from './single-sign-on.tsx';

/** One field for a key. The key goes to the API once and is kept nowhere. */
interface Props {
  onDone: () => void;
  note?: string;
  /** What is on the page stays: a login elsewhere gets a window of its own. */
  over?: boolean;
}

export function SignInForm({ onDone, note, over = false }: Props) {
  const [key, setKey] = useState('');
  const provider = useQuery(signInWaysQuery).data?.singleSignOn ?? null;
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
        {provider && <SingleSignOn name={provider.name} over={over} />}
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
        <Button type="submit" loading={start.isPending} variant={provider ? 'default' : 'filled'}>
          {signIn.button}
        </Button>
      </Stack>
    </form>
  );
}
