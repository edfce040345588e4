/** Who calls: vendors ask for it when they look into a problem, and some firewalls refuse calls without it. */
import { createRequire } from 'node:module';

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

export const userAgent = `crosswalk/${version}`;
