import { List, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '../api.ts';
import { type Assumption, assumptionsQuery } from '../queries.ts';
import { assumptions as words } from '../words/admin.ts';
import type { vendors } from '../words/things.ts';
import { ProblemBox } from './problem.tsx';
import { ToneMark } from './tone.tsx';
import { WithNames } from './value.tsx';

type Vendor = keyof typeof vendors;

/** How often it is looked how far the questions are, while they are asked. In ms. */
const lookEvery = 1_000;

/** Asks an account that was just connected whether it works as assumed; `show` lists its answers as they come. */
export function useAccountAnswers(tenant: string, vendor: Vendor) {
  const queries = useQueryClient();
  const verify = useMutation({
    mutationFn: () => answer(api.assumptions.verify.$post({ param: { tenant }, query: { vendor } })),
    onSuccess: (found) => queries.setQueryData(assumptionsQuery(tenant).queryKey, found),
  });
  const { data } = useQuery({
    ...assumptionsQuery(tenant),
    enabled: !verify.isIdle,
    ...(verify.isPending && { refetchInterval: lookEvery }),
  });
  const about = data?.assumptions.filter((each) => each.vendor === vendor && each.needed) ?? [];
  const show = verify.isIdle ? null : (
    <Stack gap="xs">
      <Text role="status">{verify.isPending ? words.asking(answeredOf(about), about.length) : words.asked}</Text>
      {verify.error && <ProblemBox error={verify.error} />}
      <List aria-label={words.list} listStyleType="none" spacing={6}>
        {about.map((each) => (
          <List.Item key={each.id}>
            <ToneMark {...words.states[stateOf(each)]} /> <WithNames text={each.assumed} />
            <Text fz="sm" c="dimmed">
              {each.evidence ?? (verify.isPending ? words.waits : words.noAnswer)}
              {each.state === 'disproved' && ` ${each.fix}`}
            </Text>
          </List.Item>
        ))}
      </List>
    </Stack>
  );
  return { ask: () => verify.mutate(), show };
}

const answeredOf = (list: readonly Assumption[]): number => list.filter(({ state }) => state !== 'notAsked').length;

/** What is not so and has another way needs nobody. */
export function stateOf({ state, otherwise }: Pick<Assumption, 'state' | 'otherwise'>): keyof typeof words.states {
  if (state === 'disproved') return otherwise === 'stop' ? 'disproved' : 'otherWay';
  return state;
}
