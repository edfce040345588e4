import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { To } from '../../parts/link.tsx';
import { Page, Waiting } from '../../parts/page.tsx';
import { Nothing, Panel } from '../../parts/panel.tsx';
import { ProblemBox } from '../../parts/problem.tsx';
import { ToneMark } from '../../parts/tone.tsx';
import { searchQuery, tenantQuery } from '../../queries.ts';
import { navigation } from '../../words/common.ts';
import { records as words } from '../../words/records.ts';
import { outcomes } from '../../words/things.ts';

const route = getRouteApi('/t/$tenant/records');

export function RecordsPage() {
  const { tenant } = route.useParams();
  const { q } = route.useSearch();
  const navigate = useNavigate({ from: '/t/$tenant/records' });
  const [text, setText] = useState(q ?? '');
  const name = useQuery(tenantQuery(tenant)).data?.name ?? navigation.tenant;
  const { data, error, isFetching, refetch } = useQuery({ ...searchQuery(tenant, q ?? ''), enabled: (q ?? '') !== '' });
  return (
    <Page title={words.title} crumbs={[{ label: name, to: `/t/${tenant}` }]}>
      <Panel>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void navigate({ search: { q: text.trim() || undefined } });
          }}
        >
          <Group align="flex-end">
            <TextInput
              label={words.label}
              description={words.hint}
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
              style={{ flex: 1, minWidth: 240 }}
              type="search"
              autoFocus
            />
            <Button type="submit" loading={isFetching}>
              {words.find}
            </Button>
          </Group>
        </form>
        {error && <ProblemBox error={error} retry={() => void refetch()} />}
        {q === undefined && <Nothing>{words.empty}</Nothing>}
        {isFetching && data === undefined && <Waiting rows={2} />}
        {data?.records.length === 0 && (
          <Nothing>
            {data.forgotten.length > 0 ? words.forgotten : `${words.none(q ?? '')} ${words.noneWhy}`}{' '}
            {data.names === 'failed' && words.notAnswered}
            {data.names === 'asked' && words.askedInVain}
          </Nothing>
        )}
        {data?.names === 'asked' && data.records.length > 0 && <Text>{words.named}</Text>}
        <Stack gap="xs">
          {data?.records.map((found) => {
            const said = outcomes[found.outcome ?? ''];
            return (
              <Group key={`${found.object} ${found.side} ${found.id}`} gap="sm">
                <To
                  mono
                  to="/t/$tenant/$object/records/$side/$id"
                  params={{ tenant, object: found.object, side: found.side, id: found.id }}
                >
                  {found.id}
                </To>
                <Text fz="sm" c="dimmed">
                  {words.foundAs(found.object, found.side)}
                  {found.key !== null && found.key !== found.id && ` · ${found.key}`}
                </Text>
                {said && <ToneMark tone={said.tone} word={said.word} />}
              </Group>
            );
          })}
        </Stack>
      </Panel>
    </Page>
  );
}
