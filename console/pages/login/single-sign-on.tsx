import { Button, Divider } from '@mantine/core';
import { signIn } from '../../words/common.ts';

const addressOf = (returnTo: string): string => `/v1/session/oidc?returnTo=${encodeURIComponent(returnTo)}`;

/** The company's own sign-in, where the deployment has one. */
export function SingleSignOn({ name, over }: { name: string; over: boolean }) {
  const { pathname, search } = window.location;
  return (
    <>
      {over ? (
        // The window says through a channel that it is done: the provider's pages cut it off from this one.
        <Button onClick={() => void window.open(addressOf('/signed-in'), '_blank', 'width=560,height=720')}>
          {signIn.with(name)}
        </Button>
      ) : (
        <Button component="a" href={addressOf(pathname === '/login' ? '/' : pathname + search)}>
          {signIn.with(name)}
        </Button>
      )}
      <Divider label={signIn.or} />
    </>
  );
}
