import { Stack, Table, Text, Title } from '@mantine/core';
import { Rows } from '../../parts/table.tsx';
import { setup } from '../../words/setup.ts';
import { vendors } from '../../words/things.ts';
import type { Preview } from './preview-figures.ts';

const words = setup.preview;

/** Keys that would match if they were spelled the same. */
export function NearMisses({ total, examples }: { total: number; examples: Preview['examples']['nearMisses'] }) {
  return (
    <Stack gap={4}>
      <Title order={3}>{words.near}</Title>
      <Text>{words.nearText(total)}</Text>
      <Rows label={words.near} columns={[{ label: words.hubspotKey }, { label: words.pendoKey }]}>
        {examples.map((near) => (
          <Table.Tr key={`${near.hubspotId} ${near.pendoId}`}>
            <Table.Td className="mono">{near.hubspotKey}</Table.Td>
            <Table.Td className="mono">{near.pendoKey}</Table.Td>
          </Table.Tr>
        ))}
      </Rows>
    </Stack>
  );
}

/** Keys that several records have. */
export function AmbiguousKeys({ examples }: { examples: Preview['examples']['ambiguous'] }) {
  return (
    <Stack gap={4}>
      <Title order={3}>{words.ambiguous}</Title>
      <Text>{words.ambiguousText}</Text>
      <Rows label={words.ambiguous} columns={[words.key, vendors.hubspot, vendors.pendo].map((label) => ({ label }))}>
        {examples.map((shared) => (
          <Table.Tr key={shared.key}>
            <Table.Td className="mono">{shared.key}</Table.Td>
            <Table.Td className="mono">{shared.hubspotIds.join(', ')}</Table.Td>
            <Table.Td className="mono">{shared.pendoIds.join(', ')}</Table.Td>
          </Table.Tr>
        ))}
      </Rows>
    </Stack>
  );
}
