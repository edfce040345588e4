import type { EventMapping } from '../../../src/sync/event-mapping.ts';
import { events as words } from '../../words/events.ts';
import type { SyncObject } from '../../words/things.ts';
import { EntryList } from './entry-list.tsx';
import { DeliveryChoices } from './event-delivery.tsx';
import { EventDialog } from './event-dialog.tsx';
import type { CheckPush, useCheckedPush } from './push-check.ts';
import type { DeliveryDraft } from './push-draft.ts';

interface Props {
  tenant: string;
  object: SyncObject;
  entries: readonly EventMapping[];
  onChange: (entries: EventMapping[]) => void;
  delivery: DeliveryDraft;
  onDelivery: (delivery: DeliveryDraft) => void;
  check: CheckPush;
  checked: ReturnType<typeof useCheckedPush>;
}

/** Use of single pages, features and track events that is sent as custom events; and when, and how many. */
export function EventsPart({ tenant, object, entries, onChange, delivery, onDelivery, check, checked }: Props) {
  const without = (open: number): CheckPush => ({
    ...check,
    parts: { ...check.parts, events: entries.filter((_, at) => at !== open) },
  });
  return (
    <EntryList
      words={words}
      entries={entries}
      onChange={onChange}
      show={(entry, at) => ({
        key: `${entry.source} ${entry.id}`,
        label: entry.label ?? checked.eventOf(at)?.label ?? entry.id,
        kind: words.kinds[entry.source],
        target: checked.eventOf(at)?.name,
        problems: checked.problemsOf('events', at),
      })}
      dialog={(at, edited) => <EventDialog tenant={tenant} object={object} check={without(at)} {...edited} />}
    >
      {entries.length > 0 && <DeliveryChoices delivery={delivery} onChange={onDelivery} />}
    </EntryList>
  );
}
