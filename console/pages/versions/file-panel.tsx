import { Button, Code, CopyButton, Group, SegmentedControl, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Panel } from '../../parts/panel.tsx';
import type { Sync, Tenant } from '../../queries.ts';
import { common } from '../../words/common.ts';
import { versions as words } from '../../words/versions.ts';
import { asFile, type FileKind } from './as-file.ts';

export function FilePanel({ tenant, sync }: { tenant: Tenant; sync: Sync }) {
  const [kind, setKind] = useState<FileKind>('yaml');
  const { data: text = '' } = useQuery({
    queryKey: ['file', kind, tenant, sync.object, sync.version, sync.state],
    queryFn: () => asFile(kind, tenant, sync),
  });
  return (
    <Panel title={words.file}>
      <Group justify="space-between">
        <SegmentedControl
          miw="max-content"
          aria-label={words.file}
          value={kind}
          onChange={(value) => setKind(value as FileKind)}
          data={(['yaml', 'curl', 'cli'] as const).map((value) => ({ value, label: words.kinds[value] }))}
        />
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Button size="xs" variant="default" onClick={copy}>
              {copied ? common.copied : common.copy}
            </Button>
          )}
        </CopyButton>
      </Group>
      <Text fz="sm" c="dimmed">
        {words.fileLead[kind]}
      </Text>
      <Code block tabIndex={0} style={{ maxHeight: 420, overflow: 'auto' }}>
        {text}
      </Code>
    </Panel>
  );
}
