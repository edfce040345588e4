/** Health check of the API's container: it answers, and reaches its database. */
const port = process.env.CROSSWALK_PORT || '8080';
const reply = await fetch(`http://127.0.0.1:${port}/health/ready`, { signal: AbortSignal.timeout(8_000) });
if (!reply.ok) throw new Error(`/health/ready answered ${reply.status}`);
