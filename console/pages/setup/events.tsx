import { Button, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import type { EventMapping } from '../../../src/sync/event-mapping.ts';
import { events as words } from '../../words/events.ts';
import type { SyncObject } from '../../words/things.ts';
import { EntryRow } from './entry-row.tsx';
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
  /** Null: none is open. The number of entries: a new one. */
  const [open, setOpen] = useState<number | null>(null);
  return (
    <Stack gap="sm">
      <Title order={3}>{words.title}</Title>
      <Text>{words.lead}</Text>
      {entries.length === 0 && <Text c="dimmed">{words.none}</Text>}
      {entries.map((entry, at) => {
        const event = checked.eventOf(at);
        return (
          <EntryRow
            key={`${entry.source} ${entry.id}`}
            label={entry.label ?? event?.label ?? entry.id}
            detail={
              <>
                {words.kinds[entry.source]}
                {event && ' · '}
                {event && <span className="mono">{event.name}</span>}
              </>
            }
            problems={checked.problemsOf('events', at)}
            onEdit={() => setOpen(at)}
            onRemove={() => onChange(entries.filter((_, other) => other !== at))}
          />
        );
      })}
      <div>
        <Button variant="default" onClick={() => setOpen(entries.length)}>
          {words.add}
        </Button>
      </div>
      {entries.length > 0 && <DeliveryChoices delivery={delivery} onChange={onDelivery} />}
      {open !== null && (
        <EventDialog
          tenant={tenant}
          object={object}
          entry={entries[open] ?? null}
          check={{ ...check, parts: { ...check.parts, events: entries.filter((_, at) => at !== open) } }}
          onClose={() => setOpen(null)}
          onSave={(entry) => {
            onChange(entries.toSpliced(open, 1, entry));
            setOpen(null);
          }}
        />
      )}
    </Stack>
  );
}
