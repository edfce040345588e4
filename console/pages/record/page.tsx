import { Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { To } from '../../parts/link.tsx';
import { Page, Waiting } from '../../parts/page.tsx';
import { Nothing, Panel } from '../../parts/panel.tsx';
import { ProblemBox } from '../../parts/problem.tsx';
import { Time } from '../../parts/time.tsx';
import { ToneBox, ToneMark } from '../../parts/tone.tsx';
import { Change } from '../../parts/value.tsx';
import { type RecordAnswer, recordQuery, tenantQuery } from '../../queries.ts';
import { navigation } from '../../words/common.ts';
import { record as words } from '../../words/records.ts';
import { legs, objects, outcomes, type SyncObject, vendors } from '../../words/things.ts';
import { CheckNow } from './check.tsx';
import { SentEvents } from './events.tsx';
import { FieldRows } from './fields.tsx';
import { VendorLinks } from './vendor-links.tsx';

export function RecordPage() {
  const { tenant, object: asked, side: from, id } = useParams({ from: '/t/$tenant/$object/records/$side/$id' });
  const object: SyncObject = asked === 'account' ? 'account' : 'visitor';
  const side = from === 'hubspot' ? 'hubspot' : 'pendo';
  const name = useQuery(tenantQuery(tenant)).data?.name ?? navigation.tenant;
  const { data, error, refetch } = useQuery(recordQuery(tenant, object, side, id));
  return (
    <Page
      title={data?.match.key ?? id}
      crumbs={[
        { label: name, to: `/t/${tenant}` },
        { label: objects[object].sync, to: `/t/${tenant}/${object}` },
        { label: navigation.records, to: `/t/${tenant}/records` },
      ]}
      actions={data && <VendorLinks links={data.links} />}
    >
      {error && <ProblemBox error={error} retry={() => void refetch()} />}
      {!data && !error && <Waiting />}
      {data && <Answer tenant={tenant} answer={data} />}
      {data && !data.forgotten && <CheckNow tenant={tenant} answer={data} />}
      {data && <MatchPanel tenant={tenant} answer={data} />}
      {data &&
        (['pull', 'push'] as const).map((leg) => <FieldRows key={leg} leg={leg} fields={data.legs[leg].fields} />)}
      {data && <SentEvents occurrences={data.occurrences} />}
      {data && <History tenant={tenant} answer={data} />}
    </Page>
  );
}

/** The answer in one sentence for each direction, the worse one first. */
function Answer({ tenant, answer }: { tenant: string; answer: RecordAnswer }) {
  const { forgotten, lastRead, object, side, id } = answer;
  return (
    <Stack>
      <Text fz="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
        {words.which(object, side, id)}
      </Text>
      {forgotten && <ToneBox tone="idle">{words.forgotten}</ToneBox>}
      {(['pull', 'push'] as const).map((leg) => {
        const { outcome, explanation, since } = answer.legs[leg];
        const said = outcomes[outcome];
        return (
          <ToneBox key={leg} tone={said?.tone ?? 'idle'}>
            <Group gap="sm">
              <Text fw={600}>{legs[leg]}</Text>
              <ToneMark tone={said?.tone ?? 'idle'} word={said?.word ?? outcome} title={said?.means} />
              {since && (
                <Text fz="sm" c="dimmed">
                  {words.since}{' '}
                  <To underlined to="/t/$tenant/runs/$run" params={{ tenant, run: since.run }} search={{}}>
                    {since.run}
                  </To>
                  {', '}
                  <Time at={since.at} />
                </Text>
              )}
            </Group>
            <Text fz="lg">{explanation}</Text>
          </ToneBox>
        );
      })}
      {lastRead && (
        <Text fz="sm" c="dimmed">
          {words.lastRead} <Time at={lastRead.at} />
        </Text>
      )}
    </Stack>
  );
}

function MatchPanel({ tenant, answer }: { tenant: string; answer: RecordAnswer }) {
  const { match, object, side } = answer;
  const other = side === 'hubspot' ? 'pendo' : 'hubspot';
  const link = (of: 'hubspot' | 'pendo', id: string) => (
    <To key={`${of} ${id}`} mono to="/t/$tenant/$object/records/$side/$id" params={{ tenant, object, side: of, id }}>
      {id}
    </To>
  );
  const shared = [
    ...match.sharedWith.hubspot.filter((id) => side !== 'hubspot' || id !== answer.id).map((id) => link('hubspot', id)),
    ...match.sharedWith.pendo.filter((id) => side !== 'pendo' || id !== answer.id).map((id) => link('pendo', id)),
  ];
  return (
    <Panel title={words.match}>
      <Group gap="xl">
        <Text>
          {words.key}: <span className="mono">{match.key ?? '–'}</span>
        </Text>
        {match.partnerId !== null && (
          <Text>
            {words.partner} ({vendors[other]}): {link(other, match.partnerId)}
          </Text>
        )}
      </Group>
      {match.state === 'ambiguous' && (
        <Group gap="sm">
          {words.shared}: {shared}
        </Group>
      )}
      {match.nearMisses.length > 0 && (
        <Group gap="sm">
          {words.near}: {match.nearMisses.map((id) => link(other, id))}
        </Group>
      )}
    </Panel>
  );
}

function History({ tenant, answer }: { tenant: string; answer: RecordAnswer }) {
  return (
    <Panel title={words.history}>
      {answer.deliveries.length === 0 && <Nothing>{words.historyEmpty}</Nothing>}
      {answer.deliveries.map((delivery) => (
        <Stack key={`${delivery.run} ${delivery.leg} ${delivery.kind}`} gap={2}>
          <Group gap="sm">
            <To to="/t/$tenant/runs/$run" params={{ tenant, run: delivery.run }} search={{}}>
              {words.run(delivery.run)}
            </To>
            <Text fz="sm" c="dimmed">
              <Time at={delivery.at} />
            </Text>
            <Text fz="sm">{legs[delivery.leg]}</Text>
            <ToneMark {...(words.deliveryStates[delivery.state] ?? { tone: 'wait', word: delivery.state })} />
          </Group>
          {Object.entries(delivery.changes).map(([field, [before, after]]) => (
            <Text key={field} fz="sm" pl="md">
              <span className="mono">{field}</span> <Change from={before} to={after} />
            </Text>
          ))}
        </Stack>
      ))}
    </Panel>
  );
}
