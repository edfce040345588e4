import { Button, Group, Stack, Table, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { answer as answerOf, api } from '../../api.ts';
import { Panel } from '../../parts/panel.tsx';
import { ProblemBox } from '../../parts/problem.tsx';
import { Rows } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { ToneBox } from '../../parts/tone.tsx';
import { Value } from '../../parts/value.tsx';
import type { RecordAnswer, RecordCheck } from '../../queries.ts';
import { useMay } from '../../shell/session.tsx';
import { record } from '../../words/records.ts';
import { type Leg, legs } from '../../words/things.ts';
import { DeliverButton, DeliveryResult, useDelivery } from './deliver.tsx';

const words = record.check;

/** Reads the record from both vendors, live, and shows it beside what the last run saw; or delivers it, in a run of its own. */
export function CheckNow({ tenant, answer }: { tenant: string; answer: RecordAnswer }) {
  const may = useMay('operate');
  const check = useMutation({
    mutationFn: () =>
      answerOf(
        api.check.$post({
          param: { tenant, object: answer.object },
          json: answer.side === 'hubspot' ? { hubspotId: answer.id } : { pendoId: answer.id },
        }),
      ),
  });
  const delivery = useDelivery(tenant, answer);
  if (!may) return null;
  const { data, error } = check;
  return (
    <Panel
      title={words.title}
      aside={
        <Group gap="sm">
          <Button variant="default" loading={check.isPending} onClick={() => check.mutate()}>
            {data ? words.again : words.button}
          </Button>
          <DeliverButton tenant={tenant} answer={answer} delivery={delivery} />
        </Group>
      }
    >
      {!data && <Text>{words.lead}</Text>}
      {delivery.data && <DeliveryResult key={delivery.data.id} tenant={tenant} started={delivery.data} />}
      {error && <ProblemBox error={error} />}
      {data && <Checked check={data} answer={answer} />}
    </Panel>
  );
}

function Checked({ check, answer }: { check: RecordCheck; answer: RecordAnswer }) {
  const both = check.hubspotId !== null && check.pendoId !== null;
  const differ = [...check.legs.pull, ...check.legs.push].filter(({ read, equal }) => read && !equal).length;
  const said = words.answer({
    hubspot: check.hubspotId !== null,
    pendo: check.pendoId !== null,
    excluded: check.excluded,
    differ,
  });
  return (
    <>
      <ToneBox tone={!both || check.excluded ? 'idle' : differ === 0 ? 'good' : 'wait'}>
        <Group gap="sm">
          <Text role="status">{said}</Text>
          <Text fz="sm" c="dimmed">
            {words.took(check.calls)} <Time at={check.at} />
          </Text>
        </Group>
      </ToneBox>
      {(['pull', 'push'] as const).map((leg) => (
        <LegRows key={leg} leg={leg} fields={check.legs[leg]} stored={answer.legs[leg].fields} />
      ))}
    </>
  );
}

interface LegProps {
  leg: Leg;
  fields: RecordCheck['legs']['pull'];
  stored: RecordAnswer['legs']['pull']['fields'];
}

/** The same in both directions, so that their columns stand in line. */
const widths = ['28%', '21%', '21%', '20%', '10%'];

/** What differs, or could not be checked. Equal fields are only counted, until somebody wants to see them. */
function LegRows({ leg, fields, stored }: LegProps) {
  const [all, setAll] = useState(false);
  if (fields.length === 0) return null;
  const equal = fields.filter((field) => field.read && field.equal);
  const shown = all ? fields : fields.filter((field) => !equal.includes(field));
  const columns = [record.field, words.source[leg], words.target[leg], words.lastTarget, record.state];
  return (
    <Stack gap={4}>
      <Text fw={600}>{words.fields(legs[leg])}</Text>
      {shown.length > 0 && (
        <Rows label={words.fields(legs[leg])} columns={columns.map((label, at) => ({ label, width: widths[at] }))}>
          {shown.map((field) => (
            <FieldRow key={field.field} {...field} before={stored.find((one) => one.field === field.field)} />
          ))}
        </Rows>
      )}
      {equal.length > 0 && (
        <Group gap="sm">
          <Text fz="sm" c="dimmed">
            {words.allEqual(equal.length)}
          </Text>
          <Button size="compact-xs" variant="default" aria-expanded={all} onClick={() => setAll(!all)}>
            {all ? words.hideEqual : words.showEqual}
          </Button>
        </Group>
      )}
    </Stack>
  );
}

function FieldRow(props: LegProps['fields'][number] & { before: LegProps['stored'][number] | undefined }) {
  const { field, read, source, target, equal, before } = props;
  return (
    <Table.Tr>
      <Table.Td className="name">{field}</Table.Td>
      <Table.Td>{read ? <Value value={source} /> : '–'}</Table.Td>
      <Table.Td>
        <Value value={target} />
      </Table.Td>
      <Table.Td>{before ? <Value value={before.holds} /> : '–'}</Table.Td>
      <Table.Td title={read ? undefined : words.leftWhy}>
        {read ? equal ? words.equal : <b>{words.differs}</b> : words.left}
      </Table.Td>
    </Table.Tr>
  );
}
