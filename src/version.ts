import { createRequire } from 'node:module';

const manifest = createRequire(import.meta.url)('../package.json') as { version: string };

/** Of this Crosswalk. */
export const { version } = manifest;
