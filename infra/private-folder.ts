import { chmod, mkdir } from 'node:fs/promises';

/** Where we are root, PostgreSQL runs as another user, who passes through our folders and cannot list them. */
const mode = process.getuid?.() === 0 ? 0o711 : 0o700;

/** A folder for state that nobody else on this machine may read. One that is there already gets the same rights. */
export async function privateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode });
  await chmod(path, mode);
}
