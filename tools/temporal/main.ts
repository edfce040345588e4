import { findTemporal } from '../../infra/find-temporal.ts';

const found = await findTemporal({ address: process.env.TEMPORAL_ADDRESS, environment: process.env });
console.log(found.kind === 'address' ? `Temporal server: ${found.address}` : `Temporal: ${found.path} (${found.from})`);
