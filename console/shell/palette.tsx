import { Spotlight, type SpotlightActionData } from '@mantine/spotlight';
import { IconArrowRight, IconListSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { fleetQuery } from '../queries.ts';
import { navigation } from '../words/common.ts';
import { palette } from '../words/palette.ts';
import { objects } from '../words/things.ts';
import { useSession } from './session.tsx';

/** `mod+K`: tenants, pages, and finding a record by whatever one has of it. */
export function Palette() {
  const [query, setQuery] = useState('');
  const navigate = useNavigate();
  const session = useSession();
  const params = useParams({ strict: false }) as { tenant?: string };
  const tenant = params.tenant ?? session.tenant?.id;
  const found = useQuery({
    ...fleetQuery({ q: query.trim(), sort: 'name', offset: 0 }),
    enabled: query.trim().length > 1,
  }).data;
  const go =
    (to: string, search: Record<string, unknown> = {}) =>
    () =>
      void navigate({ to, search });
  const actions: SpotlightActionData[] = [
    ...(tenant !== undefined && query.trim() !== ''
      ? [
          {
            id: 'record',
            label: palette.findRecord(query.trim()),
            leftSection: <IconListSearch size={18} />,
            onClick: go(`/t/${tenant}/records`, { q: query.trim() }),
          },
        ]
      : []),
    ...(found?.syncs ?? []).map((row) => ({
      id: `${row.tenant.id} ${row.object}`,
      label: row.tenant.name,
      description: objects[row.object].sync,
      leftSection: <IconArrowRight size={18} />,
      onClick: go(`/t/${row.tenant.id}/${row.object}`),
    })),
    ...[
      ...(session.tenant === null ? [{ label: navigation.fleet, to: '/fleet' }] : []),
      { label: navigation.attention, to: '/attention' },
      ...(tenant === undefined
        ? []
        : [
            { label: navigation.overview, to: `/t/${tenant}` },
            { label: navigation.records, to: `/t/${tenant}/records` },
            { label: navigation.runs, to: `/t/${tenant}/runs` },
            { label: navigation.setup, to: `/t/${tenant}/setup` },
            { label: navigation.connections, to: `/t/${tenant}/connections` },
          ]),
    ]
      .filter(({ label }) => label.toLowerCase().includes(query.trim().toLowerCase()))
      .map(({ label, to }) => ({ id: to, label, leftSection: <IconArrowRight size={18} />, onClick: go(to) })),
  ];
  return (
    <Spotlight
      actions={actions}
      query={query}
      onQueryChange={setQuery}
      filter={(_query, all) => all}
      nothingFound={palette.nothing}
      searchProps={{ placeholder: navigation.palette, 'aria-label': navigation.palette }}
      scrollable
      maxHeight={420}
    />
  );
}
