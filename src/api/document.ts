/** The API document without a server: for the file in docs/, and for whoever generates a client. */
import type { Control } from '../control/control.ts';
import { createApp, describeApi } from './app.ts';

export function apiDocument(): unknown {
  // Routes are described by their schemas; nothing here is ever called.
  const unconnected = { publicUrl: 'http://localhost', clock: () => 0 } as unknown as Control;
  return describeApi(createApp(unconnected));
}
