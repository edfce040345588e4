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

export function createRowSplitter(maxRowBytes: number): RowSplitter {
  return new Splitter(maxRowBytes);
}

/** Everything around `results` is kept (it is small) and checked as JSON at the end. */
class Splitter implements RowSplitter {
  private depth = 0;
  private inString = false;
  private escaped = false;
  private inResults = false;
  private seenResults = false;
  private ended = false;
  /** A comma came: something must follow it. */
  private owed = false;
  private lists = 0;
  private frame = '';
  /** What earlier pieces left: of the row that is being read, or of the frame around the rows. */
  private held: Uint8Array[] = [];
  private heldBytes = 0;
  /** Rows that this piece completes. */
  private rows: unknown[] = [];
  /** In this piece: of what is not taken up yet; where the current row begins; behind the last comma between rows. */
  private start = 0;
  private rowStart = 0;
  private rowsEnd = -1;
  private readonly maxRowBytes: number;

  constructor(maxRowBytes: number) {
    this.maxRowBytes = maxRowBytes;
  }

  push(piece: Uint8Array): unknown[] {
    this.start = 0;
    this.rowStart = 0;
    this.rowsEnd = -1;
    this.follow(piece);
    if (this.rowsEnd >= 0) {
      if (this.takeRows(piece.subarray(this.start, this.rowsEnd)) === 0) throw new BrokenReply('A row is missing.');
      this.start = this.rowsEnd + 1;
    }
    // The piece may be part of a buffer that is used again.
    const rest = Uint8Array.prototype.slice.call(piece, this.start);
    this.bound(this.heldBytes + rest.length);
    this.heldBytes += rest.length;
    this.held.push(rest);
    const { rows } = this;
    this.rows = [];
    return rows;
  }

  end(): object {
    this.frame += this.takeUp(new Uint8Array());
    if (!this.ended || this.depth !== 0 || this.inString) throw new BrokenReply('The reply broke off.');
    const reply = parse(this.frame);
    if (typeof reply !== 'object' || reply === null || Array.isArray(reply)) {
      throw new BrokenReply('The reply is no object.');
    }
    const results = 'results' in reply ? reply.results : null;
    if (results !== null && !Array.isArray(results)) throw new BrokenReply('The results are no list.');
    return reply;
  }

  /** Byte for byte, for gigabytes: what each byte changes is a local variable. */
  private follow(piece: Uint8Array): void {
    let { inString, escaped, depth } = this;
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
        case openBracket:
          if (depth === 1 && !this.seenResults) this.listOpens(piece, at);
          depth += 1;
          break;
        case openBrace:
          depth += 1;
          break;
        case closeBrace:
        case closeBracket:
          depth -= 1;
          if (depth <= 1) this.closed(piece, at, depth);
          break;
        case comma:
          if (depth === 2 && this.inResults) this.rowEnds(at);
          break;
      }
    }
    this.inString = inString;
    this.escaped = escaped;
    this.depth = depth;
  }

  /** A list inside the reply's object; the first one named `results` has the rows. */
  private listOpens(piece: Uint8Array, at: number): void {
    this.lists += 1;
    if (this.lists > mostLists) throw new BrokenReply('The reply has lists where its rows should be.');
    const before = this.takeUp(piece.subarray(this.start, at));
    this.frame += before;
    this.start = at;
    if (!/"results"\s*:\s*$/.test(before)) return;
    this.inResults = true;
    this.seenResults = true;
    this.frame += '[';
    this.start = at + 1;
    this.rowStart = this.start;
  }

  private rowEnds(at: number): void {
    this.bound(at - this.rowStart + (this.rowStart === 0 ? this.heldBytes : 0));
    this.rowStart = at + 1;
    this.rowsEnd = at;
    this.owed = true;
  }

  /** The reply's object has closed, or what was open right inside it. */
  private closed(piece: Uint8Array, at: number, depth: number): void {
    if (depth < 0) throw new BrokenReply('The reply closes more than it opens.');
    if (depth === 0) this.ended = true;
    if (!this.inResults || depth !== 1) return;
    this.bound(at - this.rowStart + (this.rowStart === 0 ? this.heldBytes : 0));
    const last = this.takeRows(piece.subarray(this.start, at));
    if (this.owed && last === 0) throw new BrokenReply('The list of rows ends in a comma.');
    this.inResults = false;
    this.start = at;
    this.rowsEnd = -1;
  }

  /** @returns how many rows it held. */
  private takeRows(piece: Uint8Array): number {
    const rows = parse(`[${this.takeUp(piece)}]`) as unknown[];
    for (const row of rows) this.rows.push(row);
    return rows.length;
  }

  /** The text of what earlier pieces left and of this one. */
  private takeUp(piece: Uint8Array): string {
    const bytes = this.heldBytes === 0 ? piece : Buffer.concat([...this.held, piece]);
    this.held = [];
    this.heldBytes = 0;
    return textOf(bytes);
  }

  private bound(bytes: number): void {
    if (bytes > this.maxRowBytes) throw new RowTooLarge('A row of the reply is larger than allowed.');
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the text: not to be kept.
    throw new BrokenReply('The reply is not JSON.');
  }
}
