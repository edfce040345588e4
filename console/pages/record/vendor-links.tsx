import { Button } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';
import type { RecordAnswer } from '../../queries.ts';
import { record as words } from '../../words/records.ts';
import { vendors } from '../../words/things.ts';

/** The record's own page at each vendor. */
export function VendorLinks({ links }: { links: RecordAnswer['links'] }) {
  return (['hubspot', 'pendo'] as const).map((vendor) => {
    const address = links[vendor];
    if (address === null) return null;
    return (
      <Button
        key={vendor}
        component="a"
        href={address}
        target="_blank"
        rel="noreferrer"
        variant="default"
        rightSection={<IconExternalLink size={16} aria-hidden />}
      >
        {words.openAt(vendors[vendor])}
      </Button>
    );
  });
}
