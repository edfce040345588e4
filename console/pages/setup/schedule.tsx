import { Group, Select, TextInput } from '@mantine/core';
import { readerZone } from '../../words/numbers.ts';
import { setup } from '../../words/setup.ts';

const words = setup.enable;
const zones = Intl.supportedValuesOf('timeZone');

interface Props {
  cron: string;
  onCron: (cron: string) => void;
  zone: string;
  onZone: (zone: string) => void;
}

/** When the sync runs by itself. */
export function ScheduleFields({ cron, onCron, zone, onZone }: Props) {
  return (
    <Group align="flex-end">
      <TextInput
        label={words.schedule}
        value={cron}
        onChange={(event) => onCron(event.currentTarget.value)}
        description={words.scheduleHint}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        required
      />
      <Select
        label={words.zone}
        data={zones.includes(zone) ? zones : [zone, ...zones]}
        value={zone}
        onChange={(value) => onZone(value ?? readerZone)}
        searchable
        allowDeselect={false}
        limit={100}
      />
    </Group>
  );
}
