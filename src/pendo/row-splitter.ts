/**
 * Takes the rows of `{"startTime":…,"results":[…]}` out of a reply that arrives in pieces, so that memory holds a piece and not
 * a reply. Bytes are followed by depth and by strings only; what checks them is `JSON.parse`, once for all rows that a piece
 * completes.
 */
import { textOf } from '../egress/decode.ts';

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

/** Lists around `results`; Pendo sends none. */
const mostLists = 100;

export interface RowSplitter {
  /** Rows that this piece completes. */
  push(piece: Uint8Array): unknown[];
  /**
   * @returns the reply without its rows
   * @throws `BrokenReply` unless the reply came to its end.
   */
  end(): object;
}

/** Everything around `results` is kept (it is small) and checked as JSON at the end. */
export function createRowSplitter(maxRowBytes: number): RowSplitter {
  let depth = 0;
  let inString = false;
  let escaped = false;
  let inResults = false;
  let seenResults = false;
  let ended = false;
  /** A comma came: something must follow it. */
  let owed = false;
  /** What earlier pieces left: of the row that is being read, or of the frame around the rows. */
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let frame = '';
  let lists = 0;

  const takeUp = (piece: Uint8Array): string => {
    const bytes = heldBytes === 0 ? piece : Buffer.concat([...held, piece]);
    held = [];
    heldBytes = 0;
    return textOf(bytes);
  };
  const bound = (bytes: number) => {
    if (bytes > maxRowBytes) throw new RowTooLarge('A row of the reply is larger than allowed.');
  };
  const takeRows = (piece: Uint8Array): unknown[] => parse(`[${takeUp(piece)}]`) as unknown[];

  return {
    push(piece) {
      const rows: unknown[] = [];
      // Of what is not taken up yet; where the current row begins; behind the last comma between rows.
      let start = 0;
      let rowStart = 0;
      let rowsEnd = -1;
      for (let at = 0; at < piece.length; at += 1) {
        const byte = piece[at]!;
        if (inString) {
          if (escaped) escaped = false;
          else if (byte === backslash) escaped = true;
          else if (byte === quote) inString = false;
          continue;
        }
        switch (byte) {
          case quote:
            inString = true;
            break;
          case openBrace:
          case openBracket:
            if (byte === openBracket && depth === 1 && !seenResults) {
              lists += 1;
              if (lists > mostLists) throw new BrokenReply('The reply has lists where its rows should be.');
              const before = takeUp(piece.subarray(start, at));
              frame += before;
              start = at;
              if (/"results"\s*:\s*$/.test(before)) {
                inResults = true;
                seenResults = true;
                frame += '[';
                start = at + 1;
                rowStart = start;
              }
            }
            depth += 1;
            break;
          case closeBrace:
          case closeBracket:
            depth -= 1;
            if (depth < 0) throw new BrokenReply('The reply closes more than it opens.');
            if (depth === 0) ended = true;
            if (inResults && depth === 1) {
              bound(at - rowStart + (rowStart === 0 ? heldBytes : 0));
              const last = takeRows(piece.subarray(start, at));
              if (owed && last.length === 0) throw new BrokenReply('The list of rows ends in a comma.');
              for (const row of last) rows.push(row);
              inResults = false;
              start = at;
              rowsEnd = -1;
            }
            break;
          case comma:
            if (inResults && depth === 2) {
              bound(at - rowStart + (rowStart === 0 ? heldBytes : 0));
              rowStart = at + 1;
              rowsEnd = at;
              owed = true;
            }
            break;
        }
      }
      if (rowsEnd >= 0) {
        const done = takeRows(piece.subarray(start, rowsEnd));
        if (done.length === 0) throw new BrokenReply('A row is missing.');
        for (const row of done) rows.push(row);
        start = rowsEnd + 1;
      }
      // The piece may be part of a buffer that is used again.
      const rest = Uint8Array.prototype.slice.call(piece, start);
      bound(heldBytes + rest.length);
      heldBytes += rest.length;
      held.push(rest);
      return rows;
    },

    end() {
      frame += takeUp(new Uint8Array());
      if (!ended || depth !== 0 || inString) throw new BrokenReply('The reply broke off.');
      const reply = parse(frame);
      if (typeof reply !== 'object' || reply === null || Array.isArray(reply)) {
        throw new BrokenReply('The reply is no object.');
      }
      const results = 'results' in reply ? reply.results : null;
      if (results !== null && !Array.isArray(results)) throw new BrokenReply('The results are no list.');
      return reply;
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the text: not to be kept.
    throw new BrokenReply('The reply is not JSON.');
  }
}
