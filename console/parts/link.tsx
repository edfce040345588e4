import { Anchor, Button, type ButtonProps } from '@mantine/core';
import { Link, type LinkProps } from '@tanstack/react-router';
import type { ReactNode } from 'react';

type Target = Pick<LinkProps, 'to' | 'params' | 'search' | 'hash'>;

/** A link within the console. */
/** @param underlined for a link amid other text, which colour alone would not show. */
export function To({
  children,
  mono,
  underlined,
  ...target
}: Target & { children: ReactNode; mono?: boolean; underlined?: boolean }) {
  return (
    <Anchor
      renderRoot={(props) => <Link {...target} {...props} />}
      inherit
      underline={underlined ? 'always' : 'hover'}
      style={mono ? { fontFamily: 'var(--mantine-font-family-monospace)', overflowWrap: 'anywhere' } : undefined}
    >
      {children}
    </Anchor>
  );
}

/** A link within the console that looks like a button. */
export function ButtonTo({ children, target, ...button }: ButtonProps & { children: ReactNode; target: Target }) {
  return (
    <Button {...button} renderRoot={(props) => <Link {...target} {...props} />}>
      {children}
    </Button>
  );
}
