import { Group, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { shortTime } from '../words/numbers.ts';
import { pictures } from '../words/pictures.ts';
import { pathOf, placePoints, type TrendPoint } from './trend-geometry.ts';

interface Props {
  title: string;
  points: readonly TrendPoint[];
  show: (value: number) => string;
  color?: string;
  /** The newest value, as a link to its run. */
  link: (run: string, children: ReactNode) => ReactNode;
}

const box = { width: 240, height: 56, pad: 4 };

/** A small line with its newest value. The same points stand in the table of runs. */
export function Trend({ title, points, show, color = 'var(--cw-both)', link }: Props) {
  const placed = placePoints(points, box);
  const last = placed.at(-1);
  return (
    <Stack gap={2} style={{ minWidth: 0 }}>
      <Group justify="space-between" wrap="nowrap">
        <Text fz="sm" c="dimmed">
          {title}
        </Text>
        <Text fw={600}>{last ? link(last.run, show(last.value)) : '–'}</Text>
      </Group>
      {placed.length > 1 && (
        <svg
          viewBox={`0 0 ${box.width} ${box.height}`}
          width="100%"
          height={box.height}
          preserveAspectRatio="none"
          role="img"
          aria-label={`${title}: ${last ? show(last.value) : '–'}`}
        >
          <path d={pathOf(placed)} fill="none" stroke={color} strokeWidth={2} vectorEffect="non-scaling-stroke" />
          {placed.map((point) => (
            <circle key={point.run} cx={point.x} cy={point.y} r={2.5} fill={color}>
              <title>{pictures.trendPoint(shortTime(point.at), show(point.value))}</title>
            </circle>
          ))}
        </svg>
      )}
    </Stack>
  );
}
