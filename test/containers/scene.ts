import { createApi } from '../../demo/api.ts';
import { waitUntil } from '../../infra/wait-until.ts';
import type { Engine } from './engine.ts';
import type { Installation } from './installation.ts';

export interface Scene {
  installation: Installation;
  engine: Engine;
  say: (line: string) => void;
}

/** Says what is wrong; nothing is good. */
export type Step = (scene: Scene) => Promise<string[]>;

export function seconds(since: number): number {
  return Math.round((Date.now() - since) / 100) / 10;
}

export async function answers(installation: Installation): Promise<void> {
  const api = createApi(installation.apiUrl);
  const asked = (): Promise<true> => api.get('/health/ready').then(() => true);
  await waitUntil(asked, { what: 'The API answering', timeoutMs: 120_000, everyMs: 500 });
}
