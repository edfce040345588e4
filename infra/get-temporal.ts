import { findTemporal } from './find-temporal.ts';

const found = await findTemporal();
console.log(found.kind === 'address' ? `Temporal server: ${found.address}` : `Temporal: ${found.path} (${found.from})`);
