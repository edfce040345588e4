import { Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Waiting } from '../../parts/page.tsx';
import { Nothing, Panel } from '../../parts/panel.tsx';
import { ProblemBox } from '../../parts/problem.tsx';
import { Rows } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { ToneMark } from '../../parts/tone.tsx';
import { alertsQuery } from '../../queries.ts';
import { alerts as words } from '../../words/admin.ts';
import { healths, objects, type SyncObject } from '../../words/things.ts';

/** The alerts that were raised, and whether they arrived. */
export function SentAlerts({ tenant }: { tenant: string }) {
  const { data, error, refetch } = useQuery(alertsQuery(tenant));
  return (
    <Panel title={words.list}>
      {error && <ProblemBox error={error} retry={() => void refetch()} />}
      {!data && !error && <Waiting />}
      {data?.alerts.length === 0 && <Nothing>{words.empty}</Nothing>}
      {data && data.alerts.length > 0 && (
        <Rows label={words.list} columns={Object.values(words.columns).map((label) => ({ label }))}>
          {data.alerts.map((alert) => {
            const said = healths[alert.type] ?? healths.ok!;
            return (
              <Table.Tr key={alert.id}>
                <Table.Td>
                  <Time at={alert.at} />
                </Table.Td>
                <Table.Td>{objects[alert.object as SyncObject]?.sync ?? alert.object}</Table.Td>
                <Table.Td>
                  <ToneMark tone={said.tone} word={said.word} />
                </Table.Td>
                <Table.Td>{String(alert.body.message ?? '')}</Table.Td>
                <Table.Td>
                  {alert.deliveredAt ? (
                    <Time at={alert.deliveredAt} />
                  ) : (
                    words.delivery(alert.nextAttemptAt !== null, alert.attempts, alert.lastError)
                  )}
                  {alert.mails.total > 0 && (
                    <Text fz="sm" c="dimmed">
                      {words.mailed(alert.mails.sent, alert.mails.total)}
                    </Text>
                  )}
                </Table.Td>
              </Table.Tr>
            );
          })}
        </Rows>
      )}
    </Panel>
  );
}
