import { Group, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { count } from '../words/numbers.ts';
import { pictures } from '../words/pictures.ts';
import { outcomes as outcomeWords } from '../words/things.ts';
import { flowSteps } from './flow-geometry.ts';

interface Props {
  outcomes: Readonly<Record<string, number>>;
  color: string;
  /** Wraps a number in a link to the records that it counts. */
  link: (outcome: string, children: ReactNode) => ReactNode;
}

/** How many records reach each step of a direction, and where the others left. Each number leads to its records. */
export function Flow({ outcomes, color, link }: Props) {
  return (
    <Stack gap={10} component="ol" style={{ listStyle: 'none', margin: 0, padding: 0 }}>
      {flowSteps(outcomes).map((step) => (
        <li key={step.name}>
          <Group gap="sm" wrap="nowrap" align="center">
            <Text w={76} fz="sm" c="dimmed" style={{ flexShrink: 0 }}>
              {pictures[step.name]}
            </Text>
            <div style={{ flex: 1, minWidth: 40, height: 16, background: 'var(--cw-idle-surface)', borderRadius: 4 }}>
              <div
                style={{
                  width: `${100 * step.share}%`,
                  minWidth: step.n > 0 ? 3 : 0,
                  height: '100%',
                  background: color,
                  borderRadius: 4,
                }}
              />
            </div>
            <Text w={84} ta="right" fw={600} style={{ flexShrink: 0 }}>
              {step.name === 'written' && step.n > 0 ? link('written', count(step.n)) : count(step.n)}
            </Text>
          </Group>
          {step.exits.length > 0 && (
            <Group gap="sm" pl={88} mt={3} fz="sm">
              {step.exits.map((exit) => (
                <span key={exit.outcome} title={outcomeWords[exit.outcome]?.means}>
                  {link(exit.outcome, `${count(exit.n)} ${outcomeWords[exit.outcome]?.word ?? exit.outcome}`)}
                </span>
              ))}
            </Group>
          )}
        </li>
      ))}
    </Stack>
  );
}
