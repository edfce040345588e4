/** Who is signed in, and the sign-in form over whatever page one was on when the session ended. */
import { Modal } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import { ApiProblem, onSignedOut } from '../api.ts';
import { SignInForm } from '../pages/login/sign-in-form.tsx';
import { SignInPage } from '../pages/login/sign-in-page.tsx';
import { ProblemBox } from '../parts/problem.tsx';
import { type Session, sessionQuery } from '../queries.ts';
import { signIn } from '../words/common.ts';
import { announce, onOtherTab } from './tabs.ts';

const SessionContext = createContext<Session | undefined>(undefined);
const rank = { read: 0, operate: 1, admin: 2 } as const;
export type Scope = keyof typeof rank;

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === undefined) throw new Error('only inside SignedIn');
  return session;
}

/** May whoever is signed in do what needs this scope? The API decides again. */
export function useMay(scope: Scope): boolean {
  const { scopes } = useSession();
  return scopes.some((held) => rank[held] >= rank[scope]);
}

export function SignedIn({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const { data, error, refetch } = useQuery(sessionQuery);
  const [ended, setEnded] = useState(false);
  useEffect(() => onSignedOut(() => setEnded(true)), []);
  useEffect(
    () =>
      onOtherTab((change) => {
        if (change === 'in') setEnded(false);
        void queries.invalidateQueries();
      }),
    [queries],
  );
  const signedIn = (): void => {
    setEnded(false);
    announce('in');
    void queries.invalidateQueries();
  };
  if (data === undefined) {
    if (error === null) return null;
    if (error instanceof ApiProblem && error.status === 401) return <SignInPage onDone={signedIn} />;
    return <ProblemBox error={error} retry={() => void refetch()} />;
  }
  return (
    <SessionContext value={data}>
      {children}
      <Modal
        opened={ended}
        onClose={() => undefined}
        withCloseButton={false}
        title={signIn.title}
        closeOnEscape={false}
        closeOnClickOutside={false}
      >
        <SignInForm onDone={signedIn} note={signIn.again} over />
      </Modal>
    </SessionContext>
  );
}
