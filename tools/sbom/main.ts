/** What an image is made of, on standard output: `npm run sbom`. */
import path from 'node:path';
import { makeSbom } from './make.ts';

process.stdout.write(`${JSON.stringify(makeSbom(path.join(import.meta.dirname, '../..')), null, 2)}\n`);
