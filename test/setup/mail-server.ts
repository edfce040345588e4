/** A mail server that keeps what it is given. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export interface ReceivedMail {
  from: string;
  to: string[];
  /** As it came, header and body. */
  raw: string;
  encrypted: boolean;
}

export interface MailServer extends AsyncDisposable {
  port: number;
  /** To be given as a setting: without TLS, on this machine. */
  url: string;
  mails: ReceivedMail[];
}

/** Without TLS unless the options say otherwise. */
export async function startMailServer(options: SMTPServerOptions = { hideSTARTTLS: true }): Promise<MailServer> {
  const mails: ReceivedMail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disableReverseLookup: true,
    onData: (stream, session, done) => {
      text(stream).then((raw) => {
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          raw,
          encrypted: session.secure,
        });
        done();
      }, done);
    },
    ...options,
  });
  // A client that breaks off in its handshake is what some tests are about.
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  return {
    port,
    url: `smtp://127.0.0.1:${port}`,
    mails,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

/** The first link in a mail, whose lines may have been broken for sending. */
export function linkIn({ raw }: ReceivedMail, page: 'confirm' | 'stop'): string {
  const whole = raw.replaceAll(/=\r\n/g, '').replaceAll('=3D', '=');
  const link = new RegExp(`http[^\\s>]*/v1/alerts/${page}\\?token=[\\w.-]+`).exec(whole)?.[0];
  if (link === undefined) throw new Error(`no link to ${page} in ${whole}`);
  return link;
}
