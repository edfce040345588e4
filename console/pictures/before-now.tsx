import { Stack, Text } from '@mantine/core';
import { count } from '../words/numbers.ts';
import { pictures } from '../words/pictures.ts';

interface Props {
  before: number;
  now: number;
  /** Where the guard trips, in the same unit. */
  limit?: number | undefined;
}

/** What a guard saw: the baseline and now as two bars, with the line that was crossed. */
export function BeforeNow({ before, now, limit }: Props) {
  const most = Math.max(before, now, limit ?? 0, 1);
  const rows = [
    { name: pictures.before, n: before, color: 'var(--cw-idle)' },
    { name: pictures.now, n: now, color: 'var(--cw-act)' },
  ];
  return (
    <Stack
      gap={4}
      role="img"
      aria-label={[
        ...rows.map(({ name, n }) => `${name}: ${count(n)}`),
        ...(limit === undefined ? [] : [`${pictures.line}: ${count(limit)}`]),
      ].join(', ')}
    >
      {rows.map(({ name, n, color }) => (
        <div key={name} style={{ display: 'grid', gridTemplateColumns: '64px 1fr 72px', alignItems: 'center', gap: 8 }}>
          <Text fz="sm" c="dimmed">
            {name}
          </Text>
          <div style={{ position: 'relative', height: 16, background: 'var(--cw-idle-surface)', borderRadius: 4 }}>
            <div style={{ width: `${(100 * n) / most}%`, height: '100%', background: color, borderRadius: 4 }} />
            {limit !== undefined && (
              <div
                title={`${pictures.line}: ${count(limit)}`}
                style={{
                  position: 'absolute',
                  insetBlock: -3,
                  insetInlineStart: `${(100 * limit) / most}%`,
                  borderInlineStart: '2px dashed var(--mantine-color-text)',
                }}
              />
            )}
          </div>
          <Text fz="sm" ta="right" fw={600}>
            {count(n)}
          </Text>
        </div>
      ))}
    </Stack>
  );
}
