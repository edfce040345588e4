/** Is what people send to this installation open to whoever listens on the way? */

const loopback = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/i;

/** @returns a line for the log, where browsers and callers reach us without TLS from another machine. */
export function plainHttpWarning(publicUrl: string): string | undefined {
  const { protocol, hostname } = new URL(publicUrl);
  if (protocol === 'https:' || loopback.test(hostname)) return undefined;
  return (
    `Crosswalk is reached at ${publicUrl}, without TLS: API keys, sessions and personal data can be read on the way. ` +
    'Put a proxy that ends TLS in front of it, and set CROSSWALK_PUBLIC_URL to the https address.'
  );
}
