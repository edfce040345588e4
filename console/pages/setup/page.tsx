import { Grid, SegmentedControl, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useRef } from 'react';
import { Page, Waiting } from '../../parts/page.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ProblemBox } from '../../parts/problem.tsx';
import { connectionsQuery, runsQuery, syncsQuery, tenantQuery } from '../../queries.ts';
import { navigation } from '../../words/common.ts';
import { setup as words } from '../../words/setup.ts';
import { objects, type SyncObject } from '../../words/things.ts';
import { EnableStep } from './enable.tsx';
import { HubSpotStep } from './hubspot.tsx';
import { MatchStep } from './match.tsx';
import { PendoStep } from './pendo.tsx';
import { PreviewStep } from './preview.tsx';
import { PullStep } from './pull.tsx';
import { PushStep } from './push.tsx';
import { Rail, type Step, steps } from './rail.tsx';

const route = getRouteApi('/t/$tenant/setup');

/** The first step that still has something to do. */
function firstOpen(connected: readonly string[], configured: boolean): Step {
  if (!connected.includes('pendo')) return 'pendo';
  if (!connected.includes('hubspot')) return 'hubspot';
  return configured ? 'preview' : 'match';
}

export function SetupPage() {
  const { tenant } = route.useParams();
  const search = route.useSearch();
  const navigate = useNavigate({ from: '/t/$tenant/setup' });
  const name = useQuery(tenantQuery(tenant)).data?.name ?? navigation.tenant;
  const connections = useQuery(connectionsQuery(tenant));
  const syncs = useQuery(syncsQuery(tenant));
  const object: SyncObject = search.object ?? 'visitor';
  const sync = syncs.data?.syncs.find((one) => one.object === object);
  const connected = (connections.data?.connections ?? [])
    .filter(({ state }) => state === 'ok' || state === 'unchecked')
    .map(({ vendor }) => vendor);
  const previewed = useQuery(runsQuery(tenant, { object, limit: 20 })).data?.runs.some(
    (run) => run.trigger === 'preview' && run.state === 'succeeded' && run.configVersion === sync?.version,
  );
  const loaded = connections.data !== undefined && syncs.data !== undefined;
  // Where the set-up stands when it is opened: what is done here does not move the page on by itself.
  const opened = useRef<Step>(undefined);
  if (loaded) opened.current ??= firstOpen(connected, sync !== undefined);
  const step = search.step ?? opened.current ?? 'pendo';
  const go = (to: Step): void => void navigate({ search: (before) => ({ ...before, step: to }) });
  const next = (): void => go(steps[Math.min(steps.indexOf(step) + 1, steps.length - 1)]!);
  const ofObject = step !== 'pendo' && step !== 'hubspot';
  const error = connections.error ?? syncs.error;
  const props = { tenant, object, sync, onNext: next };
  return (
    <Page title={words.title} crumbs={[{ label: name, to: `/t/${tenant}` }]}>
      {error && <ProblemBox error={error} />}
      {connections.data === undefined || syncs.data === undefined ? (
        !error && <Waiting rows={7} />
      ) : (
        <Grid gap="lg">
          <Grid.Col span={{ base: 12, sm: 4, lg: 3 }}>
            <Rail step={step} connected={connected} sync={sync} previewed={previewed ?? false} onGo={go} />
          </Grid.Col>
          <Grid.Col span={{ base: 12, sm: 8, lg: 9 }}>
            <Stack>
              {ofObject && (
                <SegmentedControl
                  aria-label={words.sync}
                  value={object}
                  onChange={(value) =>
                    void navigate({ search: (before) => ({ ...before, step, object: value as SyncObject }) })
                  }
                  data={(['visitor', 'account'] as const).map((value) => ({ value, label: objects[value].sync }))}
                />
              )}
              <Panel title={words.steps[step]}>
                {step === 'pendo' && (
                  <PendoStep tenant={tenant} connections={connections.data.connections} onNext={next} />
                )}
                {step === 'hubspot' && (
                  <HubSpotStep tenant={tenant} connections={connections.data.connections} onNext={next} />
                )}
                {step === 'match' && <MatchStep key={object} {...props} />}
                {step === 'pull' && <PullStep key={object} {...props} />}
                {step === 'push' && <PushStep key={object} {...props} />}
                {step === 'preview' && <PreviewStep key={object} {...props} />}
                {step === 'enable' && <EnableStep key={object} {...props} />}
              </Panel>
            </Stack>
          </Grid.Col>
        </Grid>
      )}
    </Page>
  );
}
