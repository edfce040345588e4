import { Table } from '@mantine/core';
import type { CSSProperties, ReactNode } from 'react';

interface Column {
  label: string;
  /** Numbers stand at the right. */
  align?: 'right';
  width?: number | string;
}

/** More columns than this do not fit side by side on a phone: there each row becomes a block, with the labels at its left. */
const mostSideBySide = 3;

/** What the style sheet shows before each cell of such a block. */
const labelsOf = (columns: readonly Column[]): CSSProperties =>
  Object.fromEntries(columns.map(({ label }, at) => [`--label-${at + 1}`, JSON.stringify(label)]));

/** A table that scrolls sideways on its own where the window is narrow, and turns its rows into blocks on a phone. */
export function Rows({ columns, children, label }: { columns: readonly Column[]; children: ReactNode; label: string }) {
  return (
    <Table.ScrollContainer
      minWidth={columns.length * 118}
      type="native"
      tabIndex={0}
      role="region"
      aria-label={label}
      className={columns.length > mostSideBySide ? 'rows rows-stacked' : 'rows'}
      style={labelsOf(columns)}
    >
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
