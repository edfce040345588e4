/** What the commands know of the world around them, so that tests can stand in for it. */
export interface Terminal {
  env: Record<string, string | undefined>;
  print(line: string): void;
  /** Sets the exit code; does not end the process. */
  exit(code: number): void;
}
