import { Text } from '@mantine/core';
import { run } from '../words/run.ts';
import { plainText } from './plain.ts';

/** A value of a record, as text. What a vendor or a person wrote never becomes markup. */
export function Value({ value }: { value: unknown }) {
  if (value === null || value === undefined || value === '') {
    return (
      <Text component="span" inherit c="dimmed" fs="italic">
        {run.empty}
      </Text>
    );
  }
  const text = plainText(value);
  return (
    <span className="mono" title={text.length > 80 ? text.slice(0, 1000) : undefined}>
      {text.length > 80 ? `${text.slice(0, 79)}…` : text}
    </span>
  );
}

/** Old and new value of a field. */
export function Change({ from, to }: { from: unknown; to: unknown }) {
  return (
    <span>
      <Value value={from} /> <span>→</span> <Value value={to} />
    </span>
  );
}

/** A sentence in which `names` stand between backticks. */
export function WithNames({ text }: { text: string }) {
  return text.split('`').map((part, at) =>
    at % 2 === 0 ? (
      part
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts of a sentence do not move
      <span key={at} className="mono">
        {part}
      </span>
    ),
  );
}
