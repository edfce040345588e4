/** A real OpenID Connect provider, in which anybody may log in as anybody. Groups only come with the user's details. */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';

export interface TestedProvider extends AsyncDisposable {
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** What a person is called is their e-mail address; their groups are what stands before the @. Addresses that begin with `unverified` are none that somebody checked. */
  serve(redirectUri: string): void;
}

export async function startIdentityProvider(): Promise<TestedProvider> {
  let listener: RequestListener = (_request, response) => void response.writeHead(503).end();
  const server = createServer((request, response) => listener(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clientId = 'crosswalk';
  const clientSecret = 'a-secret-of-the-test-alone';
  return {
    issuer,
    clientId,
    clientSecret,
    serve(redirectUri) {
      const provider = new Provider(issuer, {
        clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: [redirectUri] }],
        claims: { openid: ['sub'], email: ['email', 'email_verified'], groups: ['groups'] },
        scopes: ['openid', 'email', 'groups'],
        pkce: { required: () => true },
        cookies: { keys: ['of the test'] },
        findAccount: (_context, id) => ({
          accountId: id,
          claims: () => ({
            sub: id,
            email: id,
            email_verified: !id.startsWith('unverified'),
            groups: [id.split('@')[0]],
          }),
        }),
      });
      listener = provider.callback();
    },
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
