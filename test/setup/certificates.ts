/** An authority, and what it signs for a server on this machine and for a client. Made anew for each test. */
import { generate } from 'selfsigned';

export interface Certificate {
  key: string;
  cert: string;
}

export interface Certificates {
  authority: Certificate;
  server: Certificate;
  client: Certificate;
}

const day = 86_400_000;

export async function makeCertificates(): Promise<Certificates> {
  const now = Date.now();
  const options = {
    keySize: 2048,
    algorithm: 'sha256',
    notBeforeDate: new Date(now - day),
    notAfterDate: new Date(now + day),
  };
  const of = ({ private: key, cert }: { private: string; cert: string }): Certificate => ({ key, cert });
  const authority = of(
    await generate([{ name: 'commonName', value: 'authority of the test' }], {
      ...options,
      extensions: [
        { name: 'basicConstraints', cA: true, critical: true },
        { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
      ],
    }),
  );
  const sign = async (name: string, use: { serverAuth: true } | { clientAuth: true }): Promise<Certificate> =>
    of(
      await generate([{ name: 'commonName', value: name }], {
        ...options,
        ca: authority,
        extensions: [
          { name: 'basicConstraints', cA: false },
          { name: 'extKeyUsage', ...use },
          {
            name: 'subjectAltName',
            altNames: [
              { type: 2, value: 'localhost' },
              { type: 7, ip: '127.0.0.1' },
            ],
          },
        ],
      }),
    );
  return {
    authority,
    server: await sign('localhost', { serverAuth: true }),
    client: await sign('crosswalk', { clientAuth: true }),
  };
}
