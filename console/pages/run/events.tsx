import { List, Text } from '@mantine/core';
import { Panel } from '../../parts/panel.tsx';
import type { RunDetail } from '../../queries.ts';
import { events as words } from '../../words/events.ts';

const parts = ['sent', 'refused', 'lost', 'skipped', 'left'] as const;

/** What became of the occurrences of custom events; of a dry run, how many there would be. */
export function RunEvents({ run }: { run: RunDetail }) {
  const { events } = run.counts;
  if (events === undefined) return null;
  const { found = 0, ended, stopped = [] } = events;
  const said = parts.flatMap((name) => (events[name] ? [words.parts[name](events[name])] : []));
  return (
    <Panel title={words.title}>
      <Text>{run.dryRun ? words.wouldSend(found) : words.found(found)}</Text>
      {said.length > 0 && (
        <List>
          {said.map((text) => (
            <List.Item key={text}>{text}</List.Item>
          ))}
        </List>
      )}
      {ended && <Text>{words.ended[ended]}</Text>}
      {stopped.map(({ source, id, name, reason }) => (
        <Text key={`${source} ${id}`} c="var(--cw-act)">
          {words.stopped(name)}: {words.stops[reason] ?? reason}
        </Text>
      ))}
    </Panel>
  );
}
