import { expect } from 'vitest';
import type { Round } from './tested-tenant.ts';

/** The world is exactly as the oracle wants it, and every run told of it as the oracle does. */
export function expectAgreement({ judged, findings }: Round): void {
  expect(findings.slice(0, 10)).toEqual([]);
  for (const { said, expected, disagreements, log } of judged) {
    expect(said).toEqual(expected);
    expect(disagreements).toEqual([]);
    expect(log.slice(0, 10)).toEqual([]);
  }
}
