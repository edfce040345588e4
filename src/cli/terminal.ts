/** What the commands know of the world around them, so that tests can stand in for it. */
export interface Terminal {
  env: Record<string, string | undefined>;
  /** Answers: standard output. */
  print(line: string): void;
  /** Sets the exit code; does not end the process. */
  exit(code: number): void;
  /** Hints and errors: standard error. Left out: dropped. */
  note?(line: string): void;
  /** Width of the terminal. Left out: the output is read by a program, and gets neither layout nor colours. */
  columns?: number | undefined;
  colours?: boolean | undefined;
  /** Lines that are rewritten in place. Left out: there is no terminal to rewrite. */
  live?: LiveLines | undefined;
  /** Asks a person for a secret without showing it. Left out: nobody is there to be asked. */
  ask?: ((question: string) => Promise<string>) | undefined;
  /** Calls back once when a person presses Ctrl-C, instead of ending the process. Returns how to stop listening. */
  onInterrupt?(then: () => void): () => void;
}

export interface LiveLines {
  columns: number;
  colours: boolean;
  show(lines: readonly string[]): void;
  /** Leaves nothing behind. */
  clear(): void;
}
