/** What every command is given: the API, the way to answer, and the tenant that a person named. */
import type { ApiClient } from './api-client.ts';
import type { Page } from './print/page.ts';
import type { Terminal } from './terminal.ts';

export interface Cli {
  terminal: Terminal;
  /** @throws Problem where no key is given. */
  api(): ApiClient;
  /** Whether a program reads the answer (`--json`). */
  json(): boolean;
  /**
   * Prints an answer: as the API gave it with `--json`, else by `text`, which gets it with everything invisible escaped.
   * Answers with nothing are `{}`.
   */
  answer<T>(answer: T, text: (page: Page, answer: T) => void): void;
  /**
   * Prints a text that is read by programs or kept in a file, byte for byte; only on a terminal with everything invisible
   * escaped. With `--json`: the answer that it was made of.
   */
  file(answer: unknown, text: string): void;
  /** A hint beside the answer, on standard error; none with `--json`. */
  hint(line: string): void;
  /**
   * Calls back with the id of the tenant that was named, by its id, external id or name.
   *
   * @throws Problem with names that are near, where there is none.
   */
  tenant<T>(named: string, then: (id: string) => Promise<T>): Promise<T>;
}
