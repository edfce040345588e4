import { Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { samplesQuery } from '../../queries.ts';
import { useMay } from '../../shell/session.tsx';
import { share } from '../../words/numbers.ts';
import { setup } from '../../words/setup.ts';
import type { SyncObject } from '../../words/things.ts';

const words = setup.pull;

interface Sample {
  filled: number;
  of: number;
  examples: readonly string[];
}

/** Real values of these properties, as far as they are known yet. A vendor that is away only leaves them out. */
export function useSamples(tenant: string, object: SyncObject, names: readonly string[]): ReadonlyMap<string, Sample> {
  const may = useMay('operate');
  // Whoever is still typing is not asked for at each letter.
  const [asked] = useDebouncedValue(names.join(','), 500);
  const { data } = useQuery({ ...samplesQuery(tenant, object, asked), enabled: may && asked !== '' });
  const rows = data?.properties ?? [];
  return new Map(
    rows.map(({ property, filled, examples }) => [property, { filled, of: data?.sampled ?? 0, examples }]),
  );
}

/** How often a property is filled, and with what. */
export function Examples({ sample }: { sample: Sample | undefined }) {
  if (sample === undefined) return null;
  return (
    <div style={{ minWidth: 120, maxWidth: 220 }}>
      <Text fz="sm">{words.filledShare(share(sample.filled, sample.of))}</Text>
      <Text fz="xs" c="dimmed" className="mono" lineClamp={2} title={sample.examples.join(' · ')}>
        {sample.examples.slice(0, 2).join(' · ')}
      </Text>
    </div>
  );
}
