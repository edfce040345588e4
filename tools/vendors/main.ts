/** `npm run docs:vendors`: writes docs/vendors.md. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { vendorsPage } from './page.ts';

writeFileSync(path.join(import.meta.dirname, '../../docs/vendors.md'), vendorsPage());
