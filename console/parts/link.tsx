import { Anchor, Button, type ButtonProps } from '@mantine/core';
import { Link, type LinkProps } from '@tanstack/react-router';
import type { ReactNode } from 'react';

type Target = Pick<LinkProps, 'to' | 'params' | 'search' | 'hash'>;

/** A link within the console. */
export function To({ children, mono, ...target }: Target & { children: ReactNode; mono?: boolean }) {
  return (
    <Anchor
      renderRoot={(props) => <Link {...target} {...props} />}
      inherit
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
