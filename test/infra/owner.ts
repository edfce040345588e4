import { startPostgres } from '../../infra/postgres.ts';
import { startTemporal } from '../../infra/temporal.ts';

/** A process that owns both servers below a folder until it is killed. Started by the tests beside it. */
const folder = process.argv[2] as string;
const [postgres, temporal] = await Promise.all([
  startPostgres({ dataDir: `${folder}/postgres`, durable: false, environment: process.env }),
  startTemporal({ dbFile: `${folder}/temporal/server.db`, searchAttributes: [], environment: process.env }),
]);
console.log(JSON.stringify({ url: postgres.url, address: temporal.address }));
setInterval(() => undefined, 60_000);
