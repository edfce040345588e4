/** Hands mails over to the deployment's mail server. */
import { isIP } from 'node:net';
import { createTransport } from 'nodemailer';

export interface Mail {
  to: string;
  subject: string;
  text: string;
  /** The page on which the receiver stops these mails; mail programs show a button for it. */
  stopUrl?: string;
}

export interface MailOutcome {
  /** The mail server's own words. */
  answer: string | null;
  /** Null: the mail server took it. */
  error: string | null;
}

export interface Mailer {
  /** Never throws: whatever stands in the way is what became of it. */
  send(mail: Mail): Promise<MailOutcome>;
  close(): void;
}

/** @param smtpUrl `smtps://` is TLS from the start; `smtp://` must change to it, but on this machine or with `?tls=none`. */
export function createMailer({ smtpUrl, from }: { smtpUrl: string; from: string }): Mailer {
  const url = new URL(smtpUrl);
  const secure = url.protocol === 'smtps:';
  const bare = url.searchParams.get('tls') === 'none' || isThisMachine(url.hostname);
  const transport = createTransport({
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    requireTLS: !secure && !bare,
    ...(url.username === ''
      ? {}
      : { auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) } }),
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 20_000,
    // Nothing that is sent comes from a file or an address.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send({ to, subject, text, stopUrl }) {
      try {
        const { response } = await transport.sendMail({
          from: { name: 'Crosswalk', address: from },
          to: { name: '', address: to },
          subject: oneLine(subject),
          text,
          headers: {
            'Auto-Submitted': 'auto-generated',
            ...(stopUrl === undefined ? {} : { 'List-Unsubscribe': `<${stopUrl}>` }),
          },
        });
        return { answer: start(response ?? ''), error: null };
      } catch (error) {
        const { code, response, message } = error as { code?: string; response?: string; message: string };
        return { answer: response === undefined ? null : start(response), error: start(code ?? message) };
      }
    },
    close: () => transport.close(),
  };
}

function isThisMachine(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** A header ends where its line ends. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
}

const start = (text: string): string => oneLine(text).slice(0, 200);
