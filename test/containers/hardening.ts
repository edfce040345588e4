/** How the containers of our image are held: what the kernel and the engine say, not what the file asks for. */
import type { Installation } from './installation.ts';

const services = ['api', 'worker'];

/** @returns what is not as it should be */
export async function checkHardening(installation: Installation): Promise<string[]> {
  const problems: string[] = [];
  for (const service of services) {
    const [container] = await installation.containers(service);
    if (container === undefined) return [`${service} does not run`];
    const { Memory, PidsLimit, ReadonlyRootfs, LogConfig } = container.HostConfig;
    if (!ReadonlyRootfs) problems.push(`${service}: its root file system can be written`);
    if (!(Memory > 0)) problems.push(`${service}: no limit of memory`);
    if (!(Number(PidsLimit) > 0)) problems.push(`${service}: no limit of processes`);
    if (LogConfig.Type !== 'json-file') problems.push(`${service}: logs go to ${LogConfig.Type}`);
    problems.push(...(await askInside(installation, service)).map((text) => `${service}: ${text}`));
  }
  return problems;
}

async function askInside(installation: Installation, service: string): Promise<string[]> {
  const problems: string[] = [];
  const script = 'for one in /proc/[0-9]*; do grep -hE "^(Name|Uid|CapPrm|CapBnd|NoNewPrivs):" $one/status; done';
  const [processes = ''] = await installation.inside(service, 'sh', '-c', script);
  let name = '';
  let seen = 0;
  for (const line of processes.split('\n')) {
    const [what = '', ...values] = line.split(/\s+/);
    if (what === 'Name:') [name = ''] = values;
    if (what === 'Name:') seen += 1;
    if (what === 'Uid:' && values.some((uid) => Number(uid) === 0)) problems.push(`${name} runs as root`);
    if (what.startsWith('Cap') && /[^0]/.test(values[0] ?? '')) problems.push(`${name} has capabilities: ${line}`);
    if (what === 'NoNewPrivs:' && values[0] !== '1') problems.push(`${name} may gain privileges`);
  }
  if (seen < 2) problems.push(`only ${seen} processes are seen`);
  const write =
    'touch /app/probe /etc/probe /home/node/probe 2>/dev/null && echo written; touch /tmp/probe && echo tmp';
  const [written] = await installation.inside(service, 'sh', '-c', write);
  if (written !== 'tmp') problems.push(`what can be written is not /tmp alone: ${written}`);
  return problems;
}

/** @returns lines of our services' logs that are not JSON with a level, a time and a text */
export async function checkLogs(installation: Installation): Promise<{ lines: number; odd: string[] }> {
  const odd: string[] = [];
  let lines = 0;
  for (const service of ['migrate', ...services]) {
    const text = await installation.compose('logs', '--no-color', '--no-log-prefix', service);
    for (const line of text.split('\n').filter(Boolean)) {
      lines += 1;
      if (!isLogLine(line)) odd.push(`${service}: ${line}`);
    }
  }
  return { lines, odd };
}

function isLogLine(line: string): boolean {
  try {
    const { level, time, msg } = JSON.parse(line) as Record<string, unknown>;
    return level !== undefined && time !== undefined && typeof msg === 'string';
  } catch {
    return false;
  }
}
