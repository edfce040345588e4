/**
 * The bytes of a reply as UTF-8 text, however a proxy packed them. Encodings are named in any case, under old names, several
 * at once, or wrongly; so where the first bytes leave no doubt, they decide and not the header.
 */
import { isUtf8 } from 'node:buffer';
import { pipeline, Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw, createZstdDecompress } from 'node:zlib';
import { EgressError } from './egress-error.ts';

type Pieces = AsyncIterable<Uint8Array>;

/** `coding`: the value of `content-encoding`. What it yields is UTF-8 without a byte order mark. */
export function decoded(body: Pieces, coding: string | undefined): Pieces {
  // Applied in the order in which they are named, so taken off from the end.
  const codings = (coding ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity')
    .reverse();
  let pieces = body;
  for (const name of codings) pieces = unpacked(pieces, name);
  return asUtf8(unpacked(pieces, undefined));
}

/**
 * Text of UTF-8. Bytes that are none become halves of a surrogate pair, which no value and no key may hold: what they stand
 * in is then invalid by itself, and is not written on with a replacement character in it.
 */
export function textOf(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  return isUtf8(bytes) ? text : text.replaceAll('\ufffd', '\ud800');
}

async function* unpacked(source: Pieces, coding: string | undefined): Pieces {
  const { head, pieces } = await peek(source, 4);
  const decoder = decoderFor(coding, head);
  if (decoder === undefined) {
    yield* pieces;
    return;
  }
  // Whoever reads `decoder` hears of every error.
  pipeline(Readable.from(pieces, { objectMode: false }), decoder, () => {});
  yield* decoder as Pieces;
}

/** Undefined: not packed, whatever the header says. */
function decoderFor(coding: string | undefined, head: Uint8Array): Transform | undefined {
  if (head.length === 0) return undefined;
  const [first = 0, second = 0] = head;
  if (first === 0x1f && second === 0x8b) return createGunzip();
  if ((first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0 && coding !== 'br') return createInflate();
  if (Buffer.from(head).equals(Buffer.of(0x28, 0xb5, 0x2f, 0xfd))) return createZstdDecompress();
  switch (coding) {
    case undefined:
      return undefined;
    case 'br':
      return createBrotliDecompress();
    case 'gzip':
    case 'x-gzip':
    case 'zstd':
      return undefined;
    case 'deflate':
      // Without the frame that the standard asks for; some servers leave it out.
      return beginsJson(head) ? undefined : createInflateRaw();
    default:
      throw new EgressError('ENCODING', 'The reply has an encoding that cannot be read.');
  }
}

function beginsJson(head: Uint8Array): boolean {
  return /^\s*[[{]/.test(Buffer.from(head).toString('latin1'));
}

/** JSON is UTF-8 by its standard; a byte order mark is to be passed over, and UTF-16 shows in its first two bytes. */
async function* asUtf8(source: Pieces): Pieces {
  const { head, pieces } = await peek(source, 3);
  const [first, second, third] = head;
  if (first === 0xef && second === 0xbb && third === 0xbf) {
    yield* without(pieces, 3);
    return;
  }
  const open = (byte: number | undefined) => byte === 0x7b || byte === 0x5b;
  const little = (first === 0xff && second === 0xfe) || (open(first) && second === 0);
  const big = (first === 0xfe && second === 0xff) || (first === 0 && open(second));
  if (!little && !big) {
    yield* pieces;
    return;
  }
  const decoder = new TextDecoder(little ? 'utf-16le' : 'utf-16be');
  for await (const piece of pieces) yield Buffer.from(decoder.decode(piece, { stream: true }), 'utf8');
  yield Buffer.from(decoder.decode(), 'utf8');
}

async function* without(pieces: Pieces, count: number): Pieces {
  let left = count;
  for await (const piece of pieces) {
    if (piece.length > left) yield piece.subarray(left);
    left = Math.max(0, left - piece.length);
  }
}

/** The first bytes (fewer where the body is shorter), and the whole again. */
async function peek(source: Pieces, count: number): Promise<{ head: Uint8Array; pieces: Pieces }> {
  const iterator = source[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  let length = 0;
  while (length < count) {
    const next = await iterator.next();
    if (next.done) break;
    first.push(next.value);
    length += next.value.length;
  }
  const pieces = async function* (): Pieces {
    try {
      yield* first;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  };
  return { head: Buffer.concat(first).subarray(0, count), pieces: pieces() };
}
