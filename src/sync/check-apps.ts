/** Does every app that a configuration names exist in Pendo? Usage of one that does not would be read as zeros. */
import type { PendoSchema, Problem } from './types.ts';

export interface KnownApps {
  /** As Pendo lists them; null: it does not. */
  listed: readonly { id: number; name: string }[] | null;
  /** Each app that was ever used has a metadata group of its own, `auto__<id without its sign>`. */
  schema: PendoSchema;
}

/** Named in a fix. */
const mostNamed = 10;

export function checkApps(apps: readonly number[] | null, known: KnownApps): Problem[] {
  return (apps ?? []).flatMap((app, index) => (exists(app, known) ? [] : [problem(app, index, known)]));
}

function exists(app: number, { listed, schema }: KnownApps): boolean {
  const ids = (listed ?? []).map(({ id }) => id);
  if (ids.includes(app)) return true;
  // Other sources of Pendo show the default app alone unless asked for more. No page says so of this one; a list of one app may be that.
  if (ids.length > 1 || ids.includes(-app)) return false;
  const groups = Object.keys(schema).filter((group) => group.startsWith('auto__'));
  return groups.includes(`auto__${Math.abs(app)}`) || (ids.length === 0 && groups.length === 0);
}

function problem(app: number, index: number, { listed }: KnownApps): Problem {
  const shown = (one: { id: number; name: string }): string =>
    one.name === '' ? `${one.id}` : `${one.id} (${one.name})`;
  const meant = listed?.find(({ id }) => id === -app);
  const some = (listed ?? []).slice(0, mostNamed).map(shown).join(', ');
  return {
    code: 'APP_UNKNOWN',
    path: `apps.${index}`,
    message: `The Pendo subscription has no app with the id ${app}, so nothing would be counted for it.`,
    fix: meant
      ? `Did you mean ${shown(meant)}? The sign is part of the id.`
      : some === ''
        ? 'Use the id that Pendo shows in the settings of the app, with its sign, or leave apps empty for every app.'
        : `Use ids of the subscription: ${some}. Or leave apps empty for every app.`,
  };
}
