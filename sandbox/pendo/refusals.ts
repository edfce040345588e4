/** Something the caller sent is not understood: answered 400 with this text, never with an empty result. */
export class BadRequest extends Error {
  override name = 'BadRequest';
}

/** The path, or the thing it names, does not exist: 404. */
export class NotFound extends Error {
  override name = 'NotFound';
}

/** A call that Pendo would not finish: 408. */
export class TooMuch extends Error {
  override name = 'TooMuch';
}
