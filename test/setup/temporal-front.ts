/**
 * A TLS front of the run's Temporal server, as a managed Temporal has one: it asks for a client certificate or an API key, counts
 * who came, and lets nobody else through.
 */
import { once } from 'node:events';
import {
  type ClientHttp2Session,
  connect,
  constants,
  createSecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Certificates } from './certificates.ts';
import { temporalAddress } from './temporal.ts';

export interface TemporalFront extends AsyncDisposable {
  address: string;
  /** Calls that were let through, by gRPC method. */
  calls: Map<string, number>;
  /** Calls that were refused for their key. */
  refused: number;
}

export interface FrontOptions {
  certificates: Certificates;
  /** The only key that is accepted. Left out: no key is asked for. */
  apiKey?: string;
  /** Whether a client has to present a certificate of the authority. */
  mutual?: boolean;
}

export async function startTemporalFront({
  certificates,
  apiKey,
  mutual = false,
}: FrontOptions): Promise<TemporalFront> {
  const upstream = connect(`http://${temporalAddress()}`);
  upstream.on('error', () => undefined);
  const server = createSecureServer({
    ...certificates.server,
    ca: certificates.authority.cert,
    requestCert: mutual,
    rejectUnauthorized: mutual,
  });
  const sockets = new Set<TLSSocket>();
  server.on('secureConnection', (socket: TLSSocket) => sockets.add(socket));
  // Who breaks off in the handshake, or is refused in it, is what some tests are about.
  server.on('sessionError', () => undefined).on('tlsClientError', () => undefined);
  const front = { calls: new Map<string, number>(), refused: 0 };
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    if (apiKey !== undefined && headers.authorization !== `Bearer ${apiKey}`) {
      front.refused++;
      stream.respond(
        { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '16', 'grpc-message': 'bad key' },
        { endStream: true },
      );
      return;
    }
    const method = String(headers[':path']).split('/').at(-1) ?? '';
    front.calls.set(method, (front.calls.get(method) ?? 0) + 1);
    forward(upstream, stream, headers);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(front, {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      upstream.destroy();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

function forward(upstream: ClientHttp2Session, stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
  const { ':authority': _, ':scheme': __, ...passed } = headers;
  const request = upstream.request(passed);
  request.on('error', () => stream.destroyed || stream.close(constants.NGHTTP2_INTERNAL_ERROR));
  stream.on('aborted', () => request.close(constants.NGHTTP2_CANCEL));
  let trailers: IncomingHttpHeaders = {};
  request.on('response', (answer, flags) => {
    const { ':status': status, ...rest } = answer;
    if (stream.destroyed) return;
    if (flags & constants.NGHTTP2_FLAG_END_STREAM)
      return void stream.respond({ ':status': status, ...rest }, { endStream: true });
    stream.respond({ ':status': status, ...rest }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    request.pipe(stream);
  });
  request.on('trailers', (given) => {
    trailers = given;
  });
  stream.pipe(request);
}
