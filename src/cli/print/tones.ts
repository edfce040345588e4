/** Colours say how urgent something is, the same for every kind of state; the words say it as well. */
import { styleText } from 'node:util';

/** In this order: needs a person, continues by itself, is well, is at rest, is of little weight, is a heading. */
export type Tone = 'act' | 'wait' | 'good' | 'idle' | 'dim' | 'head';

const formats = {
  act: ['red', 'bold'],
  wait: 'yellow',
  good: 'green',
  idle: 'gray',
  dim: 'gray',
  head: 'bold',
} as const satisfies Record<Tone, Parameters<typeof styleText>[0]>;

export type Paint = (tone: Tone, text: string) => string;

export function painter(colours: boolean): Paint {
  if (!colours) return (_tone, text) => text;
  // Whoever asks has looked at the stream.
  return (tone, text) => styleText(formats[tone] as Parameters<typeof styleText>[0], text, { validateStream: false });
}

const tones: Record<string, Tone> = {
  // Health of a sync, kinds of attention, alerts.
  stopped: 'act',
  reconnect: 'act',
  unscheduled: 'act',
  quiet: 'act',
  disproved: 'act',
  unknown: 'wait',
  notAsked: 'idle',
  proved: 'good',
  ok: 'good',
  recovered: 'good',
  draft: 'idle',
  // Runs and syncs.
  held: 'act',
  failed: 'act',
  degraded: 'wait',
  queued: 'wait',
  running: 'wait',
  waiting: 'wait',
  paused: 'idle',
  cancelled: 'idle',
  succeeded: 'good',
  enabled: 'good',
  active: 'good',
  disabled: 'idle',
  deleted: 'idle',
  disconnected: 'idle',
  unchecked: 'wait',
  // Steps of a connection test.
  passed: 'good',
  skipped: 'idle',
  // Outcomes of a record.
  rejected: 'act',
  notReached: 'wait',
  ambiguous: 'wait',
  altered: 'wait',
  invalidField: 'wait',
  invalidKey: 'wait',
  written: 'good',
  unchanged: 'good',
  matched: 'good',
};

export function toneOf(state: string): Tone {
  return tones[state] ?? 'idle';
}
