import { Group, Stack, Text } from '@mantine/core';
import { dayName } from '../words/numbers.ts';
import { usage } from '../words/usage.ts';
import { type ColumnDay, placeColumns } from './columns-geometry.ts';

interface Props {
  title: string;
  entries: readonly ColumnDay[];
  today: string;
  days: number;
  color: string;
}

const box = { width: 600, height: 96 };

/** Calls by day. The same figures stand in a table below. */
export function Columns({ title, entries, today, days, color }: Props) {
  const columns = placeColumns(entries, today, days, box);
  const most = Math.max(0, ...entries.map(({ calls }) => calls));
  return (
    <Stack gap={4} style={{ minWidth: 0 }}>
      <Group justify="space-between">
        <Text fw={600}>{title}</Text>
        <Text fz="sm" c="dimmed">
          {usage.most(most)}
        </Text>
      </Group>
      <svg
        viewBox={`0 0 ${box.width} ${box.height}`}
        width="100%"
        height={box.height}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${title}: ${usage.picture(days, most)}`}
      >
        {columns.map(({ day, calls, throttled, x, width, y, height, refusedHeight }) => (
          <g key={day}>
            <title>{usage.column(dayName(day), calls, throttled)}</title>
            <rect x={x} y={0} width={width} height={box.height} fill="transparent" />
            <rect x={x} y={y} width={width} height={height} fill={color} />
            {refusedHeight > 0 && <rect x={x} y={y} width={width} height={refusedHeight} fill="var(--cw-act)" />}
          </g>
        ))}
        <rect x={0} y={box.height - 1} width={box.width} height={1} fill="var(--cw-line)" />
      </svg>
      <Group justify="space-between">
        <Text fz="xs" c="dimmed">
          {dayName(columns[0]?.day ?? today)}
        </Text>
        <Text fz="xs" c="dimmed">
          {dayName(today)}
        </Text>
      </Group>
    </Stack>
  );
}
