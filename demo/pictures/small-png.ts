/**
 * A browser's picture of a page with at most 256 colours, a third of its size: a page has few colours, and their shades at the
 * edges of letters, which nobody tells apart.
 */
import { crc32, deflateSync, inflateSync } from 'node:zlib';

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** @param png with 8 bits a channel, red, green and blue, as Chromium makes it. @throws for any other. */
export function smallPng(png: Buffer): Buffer {
  const { width, height, pixels } = read(png);
  const { palette, indexes } = reduce(pixels);
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y++) indexes.copy(rows, y * (width + 1) + 1, y * width, (y + 1) * width);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // 8 bits, by palette.
  header.set([8, 3, 0, 0, 0], 8);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('PLTE', palette),
    chunk('IDAT', deflateSync(rows, { level: 9, memLevel: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}

function read(png: Buffer): { width: number; height: number; pixels: Buffer } {
  const parts: Buffer[] = [];
  for (let at = signature.length; at < png.length; ) {
    const length = png.readUInt32BE(at);
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') parts.push(png.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  if (png[24] !== 8 || png[25] !== 2)
    throw new Error('only pictures of 8 bits a channel without transparency are read');
  return { width, height, pixels: unfilter(inflateSync(Buffer.concat(parts)), width * 3, height) };
}

/** The PNG specification, section 9: each row says how it differs from what is left of it and above. */
function unfilter(filtered: Buffer, stride: number, height: number): Buffer {
  const pixels = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = filtered[y * (stride + 1)];
    for (let x = 0; x < stride; x++) {
      const at = y * stride + x;
      const left = x < 3 ? 0 : pixels[at - 3]!;
      const up = y === 0 ? 0 : pixels[at - stride]!;
      const corner = x < 3 || y === 0 ? 0 : pixels[at - stride - 3]!;
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter!]!;
      pixels[at] = filtered[y * (stride + 1) + 1 + x]! + guess;
    }
  }
  return pixels;
}

function paeth(left: number, up: number, corner: number): number {
  const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

/** The 256 most frequent colours; any other becomes the nearest of them. */
function reduce(pixels: Buffer): { palette: Buffer; indexes: Buffer } {
  const counts = new Map<number, number>();
  for (let at = 0; at < pixels.length; at += 3) {
    const color = pixels.readUIntBE(at, 3);
    counts.set(color, (counts.get(color) ?? 0) + 1);
  }
  const chosen = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, 256);
  const palette = Buffer.alloc(chosen.length * 3);
  for (const [at, [color]] of chosen.entries()) palette.writeUIntBE(color, at * 3, 3);
  const index = new Map(chosen.map(([color], at) => [color, at]));
  const indexes = Buffer.alloc(pixels.length / 3);
  for (let at = 0; at < indexes.length; at++) {
    const color = pixels.readUIntBE(at * 3, 3);
    let found = index.get(color);
    if (found === undefined) {
      found = nearest(palette, color);
      index.set(color, found);
    }
    indexes[at] = found;
  }
  return { palette, indexes };
}

function nearest(palette: Buffer, color: number): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let at = 0; at < palette.length; at += 3) {
    const apart =
      (palette[at]! - (color >> 16)) ** 2 +
      (palette[at + 1]! - ((color >> 8) & 255)) ** 2 +
      (palette[at + 2]! - (color & 255)) ** 2;
    if (apart < least) [least, best] = [apart, at / 3];
  }
  return best;
}
