import { ActionIcon, AppShell, Burger, Group, Menu, Text, UnstyledButton, useMantineColorScheme } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { spotlight } from '@mantine/spotlight';
import { IconDeviceDesktop, IconLogout, IconMoon, IconSearch, IconSun } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useNavigate } from '@tanstack/react-router';
import { api, done } from '../api.ts';
import { common, navigation } from '../words/common.ts';
import { keys } from '../words/keys.ts';
import { readerZone } from '../words/numbers.ts';
import { isApple, Keys } from './keys.tsx';
import { Navigation } from './navigation.tsx';
import { Palette } from './palette.tsx';
import { useSession } from './session.tsx';
import { announce } from './tabs.ts';

/** Header, navigation, and the page. */
export function Shell() {
  const [opened, { toggle, close }] = useDisclosure(false);
  return (
    <AppShell header={{ height: 52 }} navbar={{ width: 232, breakpoint: 'sm', collapsed: { mobile: !opened } }}>
      <a className="skip" href="#page">
        {common.skipToContent}
      </a>
      <AppShell.Header style={{ borderColor: 'var(--cw-line)' }}>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={navigation.openMenu} />
            <Link to="/" style={{ textDecoration: 'none', color: 'inherit' }}>
              <Group gap={8} wrap="nowrap">
                <img src="/icon.svg" alt="" width={24} height={24} />
                <Text fw={700}>{common.product}</Text>
              </Group>
            </Link>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <PaletteButton />
            <Keys />
            <Scheme />
            <SignOut />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm" style={{ borderColor: 'var(--cw-line)', overflowY: 'auto' }}>
        <Navigation onGo={close} />
        <Text fz="xs" c="dimmed" mt="auto" pt="sm" px="sm">
          {common.timesIn(readerZone)}
        </Text>
      </AppShell.Navbar>
      <AppShell.Main id="page" tabIndex={-1}>
        <Outlet />
      </AppShell.Main>
      <Palette />
    </AppShell>
  );
}

function PaletteButton() {
  return (
    <UnstyledButton
      onClick={spotlight.open}
      px="sm"
      py={5}
      aria-label={`${navigation.palette} ${keys.mod(isApple)}`}
      style={{ border: '1px solid var(--cw-line)', borderRadius: 8 }}
    >
      <Group gap={8} wrap="nowrap">
        <IconSearch size={16} aria-hidden />
        <Text fz="sm" c="dimmed" visibleFrom="sm">
          {navigation.palette}
        </Text>{' '}
        <Text fz="xs" c="dimmed" visibleFrom="sm" className="mono">
          {keys.mod(isApple)}
        </Text>
      </Group>
    </UnstyledButton>
  );
}

const schemes = [
  { value: 'light', label: navigation.light, icon: IconSun },
  { value: 'dark', label: navigation.dark, icon: IconMoon },
  { value: 'auto', label: navigation.auto, icon: IconDeviceDesktop },
] as const;

function Scheme() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const Icon = schemes.find(({ value }) => value === colorScheme)?.icon ?? IconDeviceDesktop;
  return (
    <Menu>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={navigation.theme}>
          <Icon size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {schemes.map(({ value, label, icon: Each }) => (
          <Menu.Item key={value} leftSection={<Each size={16} />} onClick={() => setColorScheme(value)}>
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function SignOut() {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { name } = useSession();
  const leave = async (): Promise<void> => {
    await done(api.session.session.$delete());
    announce('out');
    queries.clear();
    await navigate({ to: '/' });
    window.location.reload();
  };
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="lg"
      aria-label={navigation.signOut}
      title={`${navigation.signOut}. ${navigation.signedInAs(name)}`}
      onClick={() => void leave()}
    >
      <IconLogout size={18} />
    </ActionIcon>
  );
}
