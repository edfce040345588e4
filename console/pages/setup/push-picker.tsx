import { Radio, ScrollArea, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ProblemBox } from '../../parts/problem.tsx';
import { type ItemList, pendoFieldsQuery, pendoItemsQuery } from '../../queries.ts';
import { pushSources as words } from '../../words/push.ts';
import type { SyncObject } from '../../words/things.ts';
import { type Draft, isItemKind } from './push-entry.ts';

const lists: Record<'page' | 'feature' | 'trackType' | 'segment', ItemList> = {
  page: 'pages',
  feature: 'features',
  trackType: 'track-types',
  segment: 'segments',
};

/** What is looked up, and which one is chosen. */
type Picked = Pick<Draft, 'kind' | 'group' | 'field' | 'id'>;

interface Props {
  tenant: string;
  object: SyncObject;
  picked: Picked;
  /** What the choice sets. */
  onPick: (choice: Partial<Draft>) => void;
}

interface Choice {
  value: string;
  label: string;
  description: string;
  draft: Partial<Draft>;
}

/** Looks things up in Pendo's own lists: a metadata field, or a page, feature, track event or segment. */
export function PushPicker({ tenant, object, picked, onPick }: Props) {
  const { kind } = picked;
  const [text, setText] = useState('');
  const [search] = useDebouncedValue(text.trim(), 300);
  const ofItems = isItemKind(kind);
  const fields = useQuery({ ...pendoFieldsQuery(tenant, object, search), enabled: kind === 'metadata' });
  const items = useQuery({ ...pendoItemsQuery(tenant, ofItems ? lists[kind] : 'pages', search), enabled: ofItems });
  if (kind !== 'metadata' && !ofItems) return null;
  const { data, error, refetch } = ofItems ? items : fields;
  const choices: Choice[] = ofItems
    ? (items.data?.items ?? []).map(({ id, name, app, group }) => ({
        value: id,
        label: name,
        description: [app?.name, group, id].filter(Boolean).join(' · '),
        draft: { id },
      }))
    : (fields.data?.fields ?? []).map(({ group, name, type, displayName, hubspotType }) => ({
        value: `${group}.${name}`,
        label: displayName || name,
        description: `${group}.${name} · ${type || '?'}${hubspotType === null ? ` · ${words.cannotPush}` : ''}`,
        draft: { group, field: name, isTime: hubspotType === 'date' || hubspotType === 'datetime' },
      }));
  const chosen = ofItems ? picked.id : `${picked.group}.${picked.field}`;
  const hidden = (data?.total ?? 0) - choices.length;
  return (
    <Stack gap="xs">
      <TextInput
        type="search"
        label={ofItems ? words.search.item : words.search.metadata}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {error && <ProblemBox error={error} retry={() => void refetch()} />}
      {data && choices.length === 0 && <Text c="dimmed">{words.nothingFound}</Text>}
      <Radio.Group
        label={words.choose[kind]}
        value={chosen}
        onChange={(value) => {
          const choice = choices.find((one) => one.value === value);
          if (choice) onPick(choice.draft);
        }}
      >
        <ScrollArea.Autosize mah={220} type="auto" offsetScrollbars viewportProps={{ tabIndex: -1 }}>
          <Stack gap="xs" pt="xs">
            {choices.map(({ value, label, description }) => (
              <Radio key={value} value={value} label={label} description={description} />
            ))}
          </Stack>
        </ScrollArea.Autosize>
      </Radio.Group>
      {hidden > 0 && (
        <Text fz="sm" c="dimmed">
          {words.more(hidden)}
        </Text>
      )}
    </Stack>
  );
}
