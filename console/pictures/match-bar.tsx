import { Group, Stack, Text } from '@mantine/core';
import { count } from '../words/numbers.ts';
import { pictures } from '../words/pictures.ts';

interface Props {
  /** Records of HubSpot without a partner, for whatever reason. */
  hubspot: number;
  both: number;
  pendo: number;
}

/** Both sides as one bar of three parts: only HubSpot, matched, only Pendo. */
export function MatchBar({ hubspot, both, pendo }: Props) {
  const parts = [
    { name: pictures.onlyHubSpot, n: hubspot, color: 'var(--cw-hubspot)' },
    { name: pictures.both, n: both, color: 'var(--cw-both)' },
    { name: pictures.onlyPendo, n: pendo, color: 'var(--cw-pendo)' },
  ];
  const total = Math.max(1, hubspot + both + pendo);
  return (
    <Stack gap={6}>
      <div
        role="img"
        aria-label={pictures.matchLabel(hubspot, both, pendo)}
        style={{
          display: 'flex',
          height: 18,
          borderRadius: 5,
          overflow: 'hidden',
          background: 'var(--cw-idle-surface)',
        }}
      >
        {parts.map((part) => (
          <div key={part.name} style={{ width: `${(100 * part.n) / total}%`, background: part.color }} />
        ))}
      </div>
      <Group gap="md">
        {parts.map((part) => (
          <Group key={part.name} gap={6} wrap="nowrap">
            <span aria-hidden style={{ width: 10, height: 10, borderRadius: 3, background: part.color }} />
            <Text fz="sm">
              <b>{count(part.n)}</b> {part.name}
            </Text>
          </Group>
        ))}
      </Group>
    </Stack>
  );
}
