import { Button, Group, SegmentedControl, Stack, Text } from '@mantine/core';
import type { Sync } from '../../queries.ts';
import { setup } from '../../words/setup.ts';
import { EventsPart } from './events.tsx';
import { useCheckedPush } from './push-check.ts';
import { usePushDraft } from './push-draft.ts';
import { PushMetrics } from './push-metrics.tsx';
import { PushSources } from './push-sources.tsx';
import { type StepProps, useSaveConfig } from './save.ts';
import { SaveProblem } from './save-problem.tsx';

const words = setup.push;
const windows = [7, 30, 90, 180] as const;

export function PushStep(props: StepProps) {
  if (props.sync === undefined) return <Text>{words.keyFirst}</Text>;
  return <PushForm {...props} sync={props.sync} />;
}

function PushForm(props: StepProps & { sync: Sync }) {
  const { tenant, object, sync } = props;
  const draft = usePushDraft(sync);
  const save = useSaveConfig(props);
  const check = { tenant, object, sync, parts: draft.parts };
  const checked = useCheckedPush(check);
  const part = { tenant, object, check, checked };
  return (
    <Stack>
      <Text>{words.lead}</Text>
      <PushMetrics object={object} chosen={draft.metrics} onToggle={draft.toggle} checked={checked} />
      <Stack gap={4} align="flex-start">
        <Text fz="sm" fw={500}>
          {words.window}
        </Text>
        <SegmentedControl
          aria-label={words.window}
          value={String(draft.parts.window)}
          onChange={(value) => draft.setWindow(Number(value) as (typeof windows)[number])}
          data={windows.map((days) => ({ value: String(days), label: words.windowDays(days) }))}
        />
      </Stack>
      <PushSources {...part} entries={draft.sources} onChange={draft.setSources} />
      <EventsPart
        {...part}
        entries={draft.parts.events}
        onChange={draft.setEvents}
        delivery={draft.delivery}
        onDelivery={draft.setDelivery}
      />
      <SaveProblem save={save} />
      <Group>
        <Button loading={save.isPending} onClick={() => save.mutate(draft.change)}>
          {setup.saveAndGo}
        </Button>
      </Group>
    </Stack>
  );
}
