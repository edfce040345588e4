/** What is shown of a run while it runs: the details in the Temporal UI, and the search attribute to filter by. */
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { Ending, Figures, RunRef, SettleResult, WaitCause } from '../activities/types.ts';
import { describe, type Shown, stateAttribute, type Track } from './details.ts';
import { spans } from './spans.ts';

export interface Display {
  enter(phase: string, settled?: SettleResult): void;
  add(figures: Figures): void;
  /** @param until epoch ms */
  wait(track: Track, until: number, cause: WaitCause | undefined): void;
  waited(track: Track): void;
  /** The track has met the pause; the one beside it may not have yet. */
  pause(track: Track): void;
  resumed(track: Track): void;
  close(ending: Ending): void;
}

export function createDisplay(ref: RunRef): Display {
  const shown: Shown = { phase: 'open', waits: {}, paused: new Set(), figures: {}, settled: null, why: null };
  /** Where the run is, also while it shows as paused. */
  let phase = shown.phase;
  /** Does the search attribute say `waiting`? The last side to begin or to end a wait decides: so histories have it. */
  let waiting = false;
  let attribute = '';
  /** Since when each track waits, epoch ms. */
  const since: Partial<Record<Track, number>> = {};

  const show = (change: Partial<Shown>): void => {
    Object.assign(shown, change);
    setCurrentDetails(describe(ref, shown));
    const state = waiting ? 'waiting' : shown.phase;
    if (state === attribute) return;
    attribute = state;
    upsertSearchAttributes([{ key: stateAttribute, value: state }]);
  };
  show({});

  return {
    enter(next, settled) {
      phase = next;
      show({ phase, ...(settled === undefined ? {} : { settled }) });
    },
    add({ read, delivered }) {
      const before = shown.figures;
      shown.figures = { read: { ...before.read, ...read }, delivered: { ...before.delivered, ...delivered } };
      setCurrentDetails(describe(ref, shown));
    },
    wait(track, until, cause) {
      waiting = true;
      since[track] = Date.now();
      show({ waits: { ...shown.waits, [track]: { until, cause } } });
    },
    waited(track) {
      waiting = false;
      const { [track]: wait, ...waits } = shown.waits;
      show({ waits });
      spans.waited(ref, since[track] ?? Date.now(), wait?.cause ?? null);
    },
    pause(track) {
      show({ phase: 'paused', paused: new Set([...shown.paused, track]) });
    },
    resumed(track) {
      shown.paused = new Set([...shown.paused].filter((one) => one !== track));
      if (shown.phase === 'paused') show({ phase });
    },
    close(ending) {
      waiting = false;
      show({ phase: 'close', waits: {}, paused: new Set(), why: whyOf(ending) });
    },
  };
}

/** A code that says why a run did not finish. */
function whyOf(ending: Ending): string | null {
  if (ending.kind === 'blocked') return ending.code;
  return ending.kind === 'exhausted' || ending.kind === 'fault' ? ending.kind : null;
}
