import { ActionIcon, Kbd, Modal, Stack, Switch, Table, Text } from '@mantine/core';
import { useDisclosure, useLocalStorage, useWindowEvent } from '@mantine/hooks';
import { spotlight } from '@mantine/spotlight';
import { IconKeyboard } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { keys as words } from '../words/keys.ts';

export const isApple = /Mac|iPhone|iPad/.test(navigator.platform);

/** Whoever types, types. */
function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  const { tagName, isContentEditable } = target;
  if (isContentEditable || tagName === 'TEXTAREA' || tagName === 'SELECT') return true;
  if (tagName === 'INPUT')
    return !['checkbox', 'radio', 'button', 'submit'].includes((target as HTMLInputElement).type);
  return target.closest('[role=combobox], [role=listbox], [role=textbox], [role=menu]') !== null;
}

/** The first link of each row of the page's lists. */
function entries(): HTMLElement[] {
  return [...document.querySelectorAll('#page tbody tr, #page [data-entry]')].flatMap(
    (row) => row.querySelector<HTMLElement>('a[href]') ?? [],
  );
}

/** From the row that has the focus; at first, to the first row. */
function move(by: 1 | -1): void {
  const all = entries();
  const row = document.activeElement?.closest('#page tbody tr, #page [data-entry]');
  const at = row ? all.findIndex((link) => row.contains(link)) : -1;
  const to = at < 0 ? all[0] : all[at + by];
  to?.focus();
  to?.scrollIntoView({ block: 'nearest' });
}

/** The keys that work on every page, and the dialogue that lists them. Keys of one character can be switched off. */
export function Keys() {
  const [opened, { open, close }] = useDisclosure(false);
  const [single, setSingle] = useLocalStorage({
    key: 'crosswalk.keys',
    defaultValue: true,
    getInitialValueInEffect: false,
  });
  useWindowEvent('keydown', (event) => {
    if (!single || event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey)
      return;
    if (isTyping(event.target) || document.querySelector('[role=dialog]') !== null) return;
    const does = { '/': spotlight.open, '?': open, j: () => move(1), k: () => move(-1) }[event.key];
    if (does === undefined) return;
    event.preventDefault();
    does();
  });
  const rows: [ReactNode, string][] = [
    [
      <>
        <Kbd>/</Kbd> {words.or} <Kbd>{words.mod(isApple)}</Kbd>
      </>,
      words.list.search,
    ],
    [<Kbd key="j">j</Kbd>, words.list.down],
    [<Kbd key="k">k</Kbd>, words.list.up],
    [<Kbd key="enter">Enter</Kbd>, words.list.open],
    [<Kbd key="esc">Esc</Kbd>, words.list.close],
    [<Kbd key="?">?</Kbd>, words.list.help],
  ];
  return (
    <>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={words.title}
        title={words.title}
        onClick={open}
        visibleFrom="sm"
      >
        <IconKeyboard size={18} />
      </ActionIcon>
      <Modal opened={opened} onClose={close} title={words.title}>
        <Stack>
          <Table aria-label={words.title}>
            <Table.Tbody>
              {rows.map(([key, means]) => (
                <Table.Tr key={means}>
                  <Table.Td style={{ whiteSpace: 'nowrap' }}>{key}</Table.Td>
                  <Table.Td>
                    <Text>{means}</Text>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
          <Switch
            label={words.single}
            description={words.singleHint}
            checked={single}
            onChange={(event) => setSingle(event.currentTarget.checked)}
          />
        </Stack>
      </Modal>
    </>
  );
}
