import { Stack, Table, Text } from '@mantine/core';
import { Rows } from '../../parts/table.tsx';
import { ToneBox } from '../../parts/tone.tsx';
import { Change } from '../../parts/value.tsx';
import { MatchBar } from '../../pictures/match-bar.tsx';
import { count } from '../../words/numbers.ts';
import { setup } from '../../words/setup.ts';
import { legs } from '../../words/things.ts';
import { PreviewEvents } from './preview-events.tsx';
import { type Preview, previewFigures } from './preview-figures.ts';
import { AmbiguousKeys, NearMisses } from './preview-keys.tsx';

const words = setup.preview;

/** What a preview found: the answer, then what changes by field, then keys that do not match. */
export function PreviewFound({ preview, read }: { preview: Preview; read: Record<string, number> }) {
  const { match, fields, examples, events } = preview;
  return (
    <Stack>
      <Answer preview={preview} />
      <MatchBar
        hubspot={(read.hubspot ?? 0) - match.matched}
        both={match.matched}
        pendo={(read.pendo ?? 0) - match.matched}
      />
      {fields.length > 0 && <FieldChanges fields={fields} />}
      {events && events.entries.length > 0 && <PreviewEvents events={events} />}
      {match.nearMisses > 0 && <NearMisses total={match.nearMisses} examples={examples.nearMisses} />}
      {examples.ambiguous.length > 0 && <AmbiguousKeys examples={examples.ambiguous} />}
    </Stack>
  );
}

function Answer({ preview }: { preview: Preview }) {
  const figures = previewFigures(preview);
  const { match, estimate } = preview;
  if (match.matched === 0) {
    return (
      <ToneBox tone="act">
        <Text fz="lg">{words.nothingMatched}</Text>
        <Text>{words.nothingMatchedWhy}</Text>
      </ToneBox>
    );
  }
  return (
    <ToneBox tone={figures.lost > 0 ? 'wait' : 'good'}>
      <Text fz="lg">{words.answer(figures.changed, figures.lost, figures.created)}</Text>
      {estimate && <Text>{words.estimate(figures.calls, figures.seconds)}</Text>}
    </ToneBox>
  );
}

/** Losses first. */
function FieldChanges({ fields }: Pick<Preview, 'fields'>) {
  const sorted = fields.toSorted((a, b) => b.cleared + b.zeroed - (a.cleared + a.zeroed) || b.changes - a.changes);
  return (
    <Rows
      label={words.changes}
      columns={[
        { label: words.field },
        { label: words.changesOf, align: 'right' },
        { label: words.cleared, align: 'right' },
        { label: words.zeroed, align: 'right' },
        { label: words.example },
      ]}
    >
      {sorted.map(({ leg, field, changes, cleared, zeroed, samples: [sample] }) => (
        <Table.Tr key={`${leg} ${field}`}>
          <Table.Td>
            <span className="name">{field}</span>
            <Text fz="xs" c="dimmed">
              {legs[leg]}
            </Text>
          </Table.Td>
          <Table.Td ta="right">{count(changes)}</Table.Td>
          <Loss n={cleared} />
          <Loss n={zeroed} />
          <Table.Td>{sample && <Change from={sample.from} to={sample.to} />}</Table.Td>
        </Table.Tr>
      ))}
    </Rows>
  );
}

function Loss({ n }: { n: number }) {
  return (
    <Table.Td ta="right" style={{ color: n > 0 ? 'var(--cw-act)' : undefined }}>
      {count(n)}
    </Table.Td>
  );
}
