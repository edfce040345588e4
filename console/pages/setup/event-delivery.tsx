import { NumberInput, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { events as words } from '../../words/events.ts';
import { Either } from './push-choices.tsx';
import type { DeliveryDraft } from './push-draft.ts';

/** As the API sets them where nothing was said, and the most that it takes. */
const numbers = [
  { name: 'backfillDays', label: words.backfill, hint: words.backfillHint, usual: 30, most: 90 },
  { name: 'settleDays', label: words.settle, hint: words.settleHint, usual: 2, most: 7 },
  { name: 'monthlyLimit', label: words.limit, hint: words.limitHint, usual: 30_000_000, most: 30_000_000 },
] as const;

interface Props {
  delivery: DeliveryDraft;
  onChange: (delivery: DeliveryDraft) => void;
}

/** From when on, how late and how many occurrences are sent, and what becomes of those without an answer. */
export function DeliveryChoices({ delivery, onChange }: Props) {
  return (
    <Stack gap="sm">
      <Title order={4}>{words.delivery}</Title>
      <Text>{words.forGood}</Text>
      <SimpleGrid cols={{ base: 1, lg: 3 }}>
        {numbers.map(({ name, label, hint, usual, most }) => (
          <NumberInput
            key={name}
            label={label}
            description={hint}
            value={delivery[name] ?? usual}
            onChange={(value) => onChange({ ...delivery, [name]: value === '' ? usual : Number(value) })}
            min={0}
            max={most}
            allowDecimal={false}
            thousandSeparator=","
            inputWrapperOrder={['label', 'input', 'description']}
          />
        ))}
      </SimpleGrid>
      <Either
        label={words.lost}
        hint={words.lostHint}
        words={words.losts}
        value={delivery.lostAnswers ?? 'skip'}
        onChange={(lostAnswers) => onChange({ ...delivery, lostAnswers })}
      />
    </Stack>
  );
}
