import { Button, Group, Stack, Table, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '../../api.ts';
import { stateOf } from '../../parts/account-answers.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ProblemBox } from '../../parts/problem.tsx';
import { Rows } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { ToneMark } from '../../parts/tone.tsx';
import { WithNames } from '../../parts/value.tsx';
import { assumptionsQuery } from '../../queries.ts';
import { useMay } from '../../shell/session.tsx';
import { assumptions as words } from '../../words/admin.ts';
import { vendors } from '../../words/things.ts';

/** Do the accounts work as Crosswalk assumes? What is known so far, and what the accounts answered. */
export function Assumptions({ tenant }: { tenant: string }) {
  const operate = useMay('operate');
  const queries = useQueryClient();
  const { data, error, refetch } = useQuery(assumptionsQuery(tenant));
  const verify = useMutation({
    mutationFn: () => answer(api.assumptions.verify.$post({ param: { tenant }, query: {} })),
    onSuccess: (found) => queries.setQueryData(assumptionsQuery(tenant).queryKey, found),
  });
  const needed = data?.assumptions.filter((each) => each.needed) ?? [];
  const proved = needed.filter(({ state }) => state === 'proved').length;
  return (
    <Panel title={words.title}>
      <Stack gap="sm">
        {error && <ProblemBox error={error} retry={() => void refetch()} />}
        {data && <Text>{words.sum(proved, needed.length, data.assumptions.length - needed.length)}</Text>}
        {verify.error && <ProblemBox error={verify.error} />}
        {operate && needed.length > 0 && (
          <Group>
            <Button variant="default" loading={verify.isPending} onClick={() => verify.mutate()}>
              {words.verify}
            </Button>
          </Group>
        )}
        {needed.length > 0 && (
          <Rows label={words.list} columns={words.columns.map((label) => ({ label }))}>
            {needed.map((each) => (
              <Table.Tr key={each.id}>
                <Table.Td>{vendors[each.vendor]}</Table.Td>
                <Table.Td>
                  <WithNames text={each.assumed} />
                </Table.Td>
                <Table.Td>
                  <ToneMark {...words.states[stateOf(each)]} />
                </Table.Td>
                <Table.Td>
                  {each.evidence ?? words.noAnswer}
                  {each.state === 'disproved' && ` ${each.fix}`}
                </Table.Td>
                <Table.Td>{each.askedAt && <Time at={each.askedAt} />}</Table.Td>
              </Table.Tr>
            ))}
          </Rows>
        )}
      </Stack>
    </Panel>
  );
}
