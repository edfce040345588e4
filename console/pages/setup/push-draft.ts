/** What this step has chosen so far: fields of the contract, fields with a source, and events. */
import { useState } from 'react';
import type { EventDelivery, EventMapping } from '../../../src/sync/event-mapping.ts';
import type { PushMapping } from '../../../src/sync/push-mapping.ts';
import type { Sync } from '../../queries.ts';
import type { PushParts } from './push-check.ts';
import type { SourceEntry } from './push-entry.ts';

type MetricEntry = Extract<PushMapping, { metric: unknown }>;
/** What is not set is as the API sets it. */
export type DeliveryDraft = { [K in keyof EventDelivery]?: EventDelivery[K] | undefined };

export function usePushDraft(sync: Sync) {
  const { config } = sync;
  const stored: readonly PushMapping[] = config.push;
  const [metrics, setMetrics] = useState<readonly MetricEntry[]>(() => stored.filter((field) => 'metric' in field));
  const [sources, setSources] = useState<SourceEntry[]>(() => stored.filter((field) => 'source' in field));
  const [events, setEvents] = useState<EventMapping[]>(config.events ?? []);
  const [delivery, setDelivery] = useState<DeliveryDraft>(config.eventDelivery ?? {});
  const [window, setWindow] = useState(config.window);
  const toggle = (name: string, on: boolean): void => {
    const others = metrics.filter(({ metric }) => metric !== name);
    // What was stored comes back as it was, with its windows.
    const before = stored.filter((field): field is MetricEntry => 'metric' in field && field.metric === name);
    const added = before.length > 0 ? before : [{ metric: name as MetricEntry['metric'] }];
    setMetrics(on ? [...others, ...added] : others);
  };
  const parts: PushParts = { window, push: [...metrics, ...sources], events };
  // A configuration that never had events stays as it is.
  const hasEvents = events.length > 0 || config.events !== undefined;
  const change = { window, push: parts.push, ...(hasEvents && { events, eventDelivery: delivery }) };
  return { metrics, toggle, sources, setSources, setEvents, delivery, setDelivery, setWindow, parts, change };
}
