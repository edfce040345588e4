/** Looks for texts that must not be there, in whatever form they may have got there. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';

/** Where something was looked for, and all that is there. */
export type Places = Record<string, string>;

/** As it is, as JSON and an address write it, and in the encodings that headers and databases use. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [
    ...new Set([
      secret,
      encodeURIComponent(secret.toWellFormed()),
      JSON.stringify(secret).slice(1, -1),
      // The last characters depend on what follows.
      bytes.toString('base64').slice(0, Math.floor(bytes.length / 3) * 4),
      bytes.toString('base64url').slice(0, Math.floor(bytes.length / 3) * 4),
      bytes.toString('hex'),
    ]),
  ];
}

/** `place: what` for each that was found. @param secrets by what they are */
export function findIn(places: Places, secrets: Record<string, string>): string[] {
  return Object.entries(places).flatMap(([place, text]) =>
    Object.entries(secrets).flatMap(([what, secret]) =>
      formsOf(secret).some((form) => text.includes(form)) ? [`${place}: ${what}`] : [],
    ),
  );
}

/** Every column of every table, as the owner sees them: text as it is, bytes as hexadecimal. */
export async function dumpDatabase(url: string): Promise<Places> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows: columns } = await client.query<{ table: string; column: string }>(
      `select c.relname as table, a.attname as column from pg_class c join pg_attribute a on a.attrelid = c.oid
       where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and a.attnum > 0 and not a.attisdropped`,
    );
    const places: Places = {};
    for (const { table, column } of columns) {
      const { rows } = await client.query<{ value: string }>(
        `select ${pg.escapeIdentifier(column)}::text as value from ${pg.escapeIdentifier(table)}
         where ${pg.escapeIdentifier(column)} is not null`,
      );
      places[`${table}.${column}`] = rows.map(({ value }) => value).join('\n');
    }
    return places;
  } finally {
    await client.end();
  }
}

/** Every file below a folder, byte by byte. */
export async function readFolder(folder: string): Promise<Places> {
  const places: Places = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    places[path.relative(folder, file)] = await readFile(file, 'latin1');
  }
  return places;
}
