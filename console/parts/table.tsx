import { Table } from '@mantine/core';
import type { ReactNode } from 'react';

interface Column {
  label: ReactNode;
  /** Numbers stand at the right. */
  align?: 'right';
  width?: number | string;
}

/** A table that scrolls sideways on its own where the screen is narrow. */
export function Rows({ columns, children, label }: { columns: readonly Column[]; children: ReactNode; label: string }) {
  return (
    <Table.ScrollContainer minWidth={columns.length * 118} type="native" tabIndex={0} role="region" aria-label={label}>
      <Table verticalSpacing={7} horizontalSpacing="sm" highlightOnHover aria-label={label}>
        <Table.Thead>
          <Table.Tr>
            {columns.map((column, at) => (
              <Table.Th
                // biome-ignore lint/suspicious/noArrayIndexKey: columns do not move
                key={at}
                style={{ textAlign: column.align, width: column.width, whiteSpace: 'nowrap' }}
              >
                {column.label}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>{children}</Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
