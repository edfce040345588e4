import { Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { exactTime, relativeTime, shortTime } from '../words/numbers.ts';

interface Props {
  at: string | null | undefined;
  /** `ago`: `3 hours ago`; `clock`: `04:12`. The exact instant with its zone shows on hover. */
  form?: 'ago' | 'clock';
}

/** A moment in the reader's zone. Relative times move on by themselves. */
export function Time({ at, form = 'ago' }: Props) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (form !== 'ago') return;
    const timer = setInterval(() => setNow(Date.now()), 15_000);
    return () => clearInterval(timer);
  }, [form]);
  if (!at) return <span>–</span>;
  return (
    <Text component="time" inherit dateTime={at} title={exactTime(at)} style={{ whiteSpace: 'nowrap' }}>
      {form === 'ago' ? relativeTime(at, Math.max(now, Date.now() - 15_000)) : shortTime(at)}
    </Text>
  );
}
