import { Button, Group, Stack, Table, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { answer, api } from '../../api.ts';
import { ProblemBox } from '../../parts/problem.tsx';
import { Rows } from '../../parts/table.tsx';
import type { ComparedKeys, HubSpotProperty } from '../../queries.ts';
import { share } from '../../words/numbers.ts';
import { setup } from '../../words/setup.ts';
import type { SyncObject } from '../../words/things.ts';

const words = setup.match;
const most = 5;

interface Props {
  tenant: string;
  object: SyncObject;
  keys: readonly HubSpotProperty[];
  chosen: string;
  onChoose: (property: string) => void;
  folding: boolean;
}

/** What is chosen, what is unique, and what people mostly use. */
function candidates({ keys, chosen }: Pick<Props, 'keys' | 'chosen'>): string[] {
  const unique = keys.filter(({ hasUniqueValue }) => hasUniqueValue).map(({ name }) => name);
  const known = new Set(keys.map(({ name }) => name));
  const usual = ['email', 'domain', 'hs_object_id'].filter((name) => known.has(name));
  return [...new Set([...(chosen === '' ? [] : [chosen]), ...usual, ...unique])].slice(0, most);
}

/** Candidates for the join key side by side, tried on real records of both vendors. */
export function CompareKeys(props: Props) {
  const { tenant, object } = props;
  const compare = useMutation({
    mutationFn: () =>
      answer(
        api.samples.syncs[':object'].keys.compare.$post({
          param: { tenant, object },
          json: { properties: candidates(props) },
        }),
      ),
  });
  return (
    <Stack gap="sm">
      <Text fz="sm" c="dimmed">
        {compare.data ? words.sampled(compare.data.sampled, object) : words.compareLead(object)}
      </Text>
      <Group>
        <Button variant="default" loading={compare.isPending} onClick={() => compare.mutate()}>
          {words.compare}
        </Button>
      </Group>
      {compare.error && <ProblemBox error={compare.error} />}
      {compare.data && <Compared {...props} compared={compare.data} />}
    </Stack>
  );
}

function Compared({ object, keys, chosen, onChoose, folding, compared }: Props & { compared: ComparedKeys }) {
  const best = [...compared.keys].sort((a, b) => b.matched + b.matchedFolded - (a.matched + a.matchedFolded));
  return (
    <Rows
      label={words.compare}
      columns={[
        { label: words.key },
        { label: words.filled, align: 'right' },
        { label: words.shared, align: 'right' },
        { label: words.matched(object), align: 'right' },
        { label: words.examples },
      ]}
    >
      {best.map(({ property, filled, distinct, shared, matched, matchedFolded, examples }) => (
        <Table.Tr key={property}>
          <Table.Td>
            {keys.find(({ name }) => name === property)?.label ?? property}
            <Text fz="xs" c="dimmed" className="name">
              {property}
            </Text>
            {property === chosen ? (
              <Text fz="xs">{words.used}</Text>
            ) : (
              <Button size="compact-xs" variant="default" onClick={() => onChoose(property)}>
                {words.use}
              </Button>
            )}
          </Table.Td>
          <Table.Td ta="right">{share(filled, compared.sampled)}</Table.Td>
          <Table.Td ta="right">{shared}</Table.Td>
          <Table.Td ta="right">
            <b>{share(matched + (folding ? matchedFolded : 0), distinct)}</b>
            {!folding && matchedFolded > 0 && <Text fz="xs">{words.ignoringCase(matchedFolded)}</Text>}
          </Table.Td>
          <Table.Td style={{ overflowWrap: 'anywhere' }}>
            <Example word={words.matches} value={examples.matched[0]} />
            <Example word={words.misses} value={examples.unmatched[0]} />
          </Table.Td>
        </Table.Tr>
      ))}
    </Rows>
  );
}

function Example({ word, value }: { word: string; value: string | undefined }) {
  if (value === undefined) return null;
  return (
    <Text fz="xs">
      {word}{' '}
      <Text span inherit className="mono" title={value} truncate display="block" maw={230}>
        {value}
      </Text>
    </Text>
  );
}
