import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import type { AnswerChange, Fault } from '../contract.ts';
import { quotedForJson, withEcho } from './echo.ts';
import { editJson, jsonText } from './edit-json.ts';
import { collect } from './respond.ts';
import type { VendorRequest, VendorResponse } from './vendor.ts';

interface RawResponse {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** The answer that an `answerWith` fault spells out. */
export function spelledOut(
  { status = 200, headers = {}, body, bodyBase64 }: Fault,
  request: VendorRequest,
): RawResponse {
  const named = Object.fromEntries(
    Object.entries(headers)
      .filter((header): header is [string, string] => header[1] !== null)
      .map(([name, value]) => [name, withEcho(value, request)]),
  );
  const isJson = /json/i.test(Object.entries(named).find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? '');
  const text = withEcho(body ?? '', request, isJson ? quotedForJson : undefined);
  return {
    status,
    headers: named,
    body: bodyBase64 === undefined ? Buffer.from(text) : Buffer.from(bodyBase64, 'base64'),
  };
}

/** The real answer, changed as a `changeAnswer` fault says, and how many places of its JSON were. */
export async function changedAnswer(
  response: VendorResponse,
  { status, headers = {}, edits = [], bom = false, encode }: AnswerChange,
  request: VendorRequest,
): Promise<RawResponse & { changed: number }> {
  let body = await collect(response.body);
  let changed = 0;
  if (edits.length > 0 && /json/i.test(response.headers['content-type'] ?? '')) {
    const edited = editJson(JSON.parse(body.toString()), edits, (text) => withEcho(text, request));
    changed = edited.changed;
    if (changed > 0) body = Buffer.from(jsonText(edited.root));
  }
  if (bom) body = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body]);
  if (encode !== undefined) body = encoders[encode](body);
  const merged: Record<string, string> = { ...response.headers };
  if (encode !== undefined) merged['content-encoding'] = encode;
  for (const [name, value] of Object.entries(headers)) {
    delete merged[name.toLowerCase()];
    if (value !== null) merged[name.toLowerCase()] = withEcho(value, request);
  }
  return { status: status ?? response.status, headers: merged, body, changed };
}

const encoders = { br: brotliCompressSync, gzip: gzipSync, deflate: deflateSync, zstd: zstdCompressSync };
