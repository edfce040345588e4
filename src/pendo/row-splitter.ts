/**
 * Takes the rows of `{"startTime":…,"results":[…]}` out of a reply that arrives in pieces, so that memory holds one row and not
 * one reply. Bytes are followed by depth and by strings only; each row then goes through `JSON.parse`, which is what checks it.
 */

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/** The reply is not what it should be: `message` holds nothing of it. */
export class BrokenReply extends Error {}
export class RowTooLarge extends Error {}

export interface RowSplitter {
  /** Rows that this piece completes, as JSON text. */
  push(piece: Uint8Array): string[];
  /** @throws `BrokenReply` unless the reply came to its end. */
  end(): void;
}

/** Everything around `results` is kept (it is small) and checked as JSON at the end. */
export function createRowSplitter(maxRowBytes: number): RowSplitter {
  let depth = 0;
  let inString = false;
  let escaped = false;
  /** Depth 2 between the brackets of `results`. */
  let inResults = false;
  let ended = false;
  let seenResults = false;
  let afterComma = false;
  /** Bytes of the current row, or of the frame, that came with earlier pieces. */
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let frame = '';

  const takeUp = (piece: Uint8Array): string => {
    const text = heldBytes === 0 ? toText(piece) : toText(Buffer.concat([...held, piece]));
    held = [];
    heldBytes = 0;
    return text;
  };
  const hold = (piece: Uint8Array) => {
    heldBytes += piece.length;
    if (heldBytes > maxRowBytes) throw new RowTooLarge('A row of the reply is larger than allowed.');
    if (piece.length > 0) held.push(piece);
  };

  return {
    push(piece) {
      const rows: string[] = [];
      let start = 0;
      for (let at = 0; at < piece.length; at += 1) {
        const byte = piece[at]!;
        if (inString) {
          if (escaped) escaped = false;
          else if (byte === backslash) escaped = true;
          else if (byte === quote) inString = false;
          continue;
        }
        if (byte === quote) {
          inString = true;
        } else if (byte === openBrace || byte === openBracket) {
          if (byte === openBracket && depth === 1 && !seenResults) {
            const before = takeUp(piece.subarray(start, at));
            frame += before;
            if (/"results"\s*:\s*$/.test(before)) {
              inResults = true;
              seenResults = true;
              start = at + 1;
              frame += '[';
            } else {
              start = at;
            }
          }
          depth += 1;
        } else if (byte === closeBrace || byte === closeBracket) {
          depth -= 1;
          if (depth < 0) throw new BrokenReply('The reply closes more than it opens.');
          if (inResults && depth === 1) {
            const row = takeUp(piece.subarray(start, at));
            // A list that ends in a comma goes to the parser, which refuses it.
            if (row.trim() !== '' || afterComma) rows.push(row);
            inResults = false;
            start = at;
          } else if (depth === 0) {
            ended = true;
          }
        } else if (byte === comma && inResults && depth === 2) {
          rows.push(takeUp(piece.subarray(start, at)));
          afterComma = true;
          start = at + 1;
        }
      }
      hold(piece.subarray(start));
      return rows;
    },

    end() {
      frame += takeUp(new Uint8Array());
      if (!ended || depth !== 0 || inString) throw new BrokenReply('The reply broke off.');
      let reply: unknown;
      try {
        reply = JSON.parse(frame);
      } catch {
        throw new BrokenReply('The reply is not JSON.');
      }
      const results = typeof reply === 'object' && reply !== null && 'results' in reply ? reply.results : null;
      if (typeof reply !== 'object' || reply === null || Array.isArray(reply))
        throw new BrokenReply('The reply is no object.');
      if (results !== null && !Array.isArray(results)) throw new BrokenReply('The results are no list.');
    },
  };
}

function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
