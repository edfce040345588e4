/** Who calls: vendors ask for it when they look into a problem, and some firewalls refuse calls without it. */
import { version } from '../version.ts';

export const userAgent = `crosswalk/${version}`;
