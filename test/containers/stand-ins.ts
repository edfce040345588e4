/**
 * Stand-ins for images that cannot be pulled, made from packages: a minimal Debian, with the programs of npm's and Go's packages. Programs are real
 * and of the same version; what an image adds to them (entry point, users, size) is made after its documentation.
 */
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chmod, copyFile, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../../infra/cache-folder.ts';
import { goBuild, goModule } from '../../infra/go-build.ts';
import { findPostgres } from '../../infra/postgres-binaries.ts';
import { productionBinaries } from '../../infra/production-binaries.ts';
import type { Engine } from './engine.ts';

interface Maker {
  engine: Engine;
  /** Where the image's files are laid out. */
  context: string;
  log: (line: string) => void;
}

const debian = 'crosswalk-stand-in:debian';

/** Goes with what is written here: stand-ins of an earlier text are made again. */
export const standInLabel = 'crosswalk.stand-in';
export const standInVersion = createHash('sha256')
  .update(readFileSync(import.meta.filename))
  .digest('hex')
  .slice(0, 12);

/** By the image's name without its tag: lays out files, and gives the Dockerfile that goes with them. */
const makers: Readonly<Record<string, (maker: Maker) => Promise<string>>> = {
  node: makeNode,
  postgres: makePostgres,
  'temporalio/server': makeTemporalServer,
  'temporalio/admin-tools': makeAdminTools,
  'temporalio/ui': makeTemporalUi,
};

/**
 * Makes one image under the name it is wanted by.
 *
 * @throws when there is no stand-in for it, or a package that it is made from cannot be had.
 */
export async function makeStandIn(image: string, engine: Engine, folder: string, log: Maker['log']): Promise<void> {
  const make = makers[image.replace(/:.*$/, '')];
  if (make === undefined) throw new Error(`${image} cannot be pulled, and there is no stand-in for it.`);
  await makeDebian(engine, folder);
  const context = join(folder, 'context');
  await rm(context, { recursive: true, force: true });
  await mkdir(context, { recursive: true });
  const dockerfile = await make({ engine, context, log });
  await writeFile(join(context, 'Dockerfile'), `FROM ${debian}\n${dockerfile}\n`);
  const build = ['build', '--tag', image, '--label', `${standInLabel}=${standInVersion}`, context];
  await promisify(execFile)('docker', build, { env: { ...engine.env, DOCKER_BUILDKIT: '0' }, maxBuffer: 1 << 26 });
  await rm(context, { recursive: true, force: true });
}

/** Debian of this machine's release, with PostgreSQL's client programs. */
async function makeDebian(engine: Engine, folder: string): Promise<void> {
  if (await engine.docker('images', '--quiet', debian)) return;
  const release = /^VERSION_CODENAME=(\w+)$/m.exec(await readFile('/etc/os-release', 'utf8'))?.[1];
  if (release === undefined) throw new Error('/etc/os-release names no release of Debian to make stand-ins from.');
  const root = join(folder, 'debian');
  const include = '--include=ca-certificates,postgresql-client,wget';
  await promisify(execFile)('debootstrap', ['--variant=minbase', include, release, root], { maxBuffer: 1 << 26 });
  const archive = join(folder, 'debian.tar');
  await promisify(execFile)('tar', ['-C', root, '-cf', archive, '.']);
  await engine.docker('import', archive, debian);
  await rm(root, { recursive: true, force: true });
  await rm(archive);
}

/** This process's own Node, and the npm that runs on this machine. */
async function makeNode({ context }: Maker): Promise<string> {
  await copyFile(process.execPath, join(context, 'node'));
  const globals = execFileSync('npm', ['root', '--global'], { encoding: 'utf8' }).trim();
  await cp(join(globals, 'npm'), join(context, 'npm'), { recursive: true });
  return `
COPY node /usr/local/bin/node
COPY npm /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \\
 && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx \\
 && groupadd --gid 1000 node && useradd --uid 1000 --gid node --shell /bin/bash --create-home node
CMD ["node"]`;
}

/** What the image's entry point does for the variables that docker-compose.yml sets. */
const postgresEntry = `#!/bin/sh
set -eu
if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA"
  chown -R postgres:postgres "$PGDATA"
  chmod 700 "$PGDATA"
  exec setpriv --reuid=postgres --regid=postgres --clear-groups "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  printf %s "$POSTGRES_PASSWORD" > /tmp/password
  # shellcheck disable=SC2086
  initdb --pgdata="$PGDATA" --username="$POSTGRES_USER" --pwfile=/tmp/password --auth-local=trust \\
    --auth-host=scram-sha-256 \${POSTGRES_INITDB_ARGS:-}
  rm /tmp/password
  echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
  if [ "$POSTGRES_DB" != postgres ]; then
    echo "create database \\"$POSTGRES_DB\\"" | postgres --single -D "$PGDATA" postgres
  fi
fi
exec "$@"
`;

async function makePostgres({ context }: Maker): Promise<string> {
  const { postgres } = await findPostgres({}, process.env);
  await cp(dirname(dirname(postgres)), join(context, 'native'), { recursive: true, verbatimSymlinks: true });
  await writeFile(join(context, 'entrypoint.sh'), postgresEntry);
  await chmod(join(context, 'entrypoint.sh'), 0o755);
  return `
COPY native /usr/lib/postgresql/18
COPY entrypoint.sh /usr/local/bin/docker-entrypoint.sh
RUN groupadd --gid 999 postgres && useradd --uid 999 --gid postgres --home-dir /var/lib/postgresql postgres \\
 && mkdir -p /var/lib/postgresql /var/run/postgresql \\
 && chown postgres:postgres /var/lib/postgresql /var/run/postgresql
ENV PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin:/usr/lib/postgresql/18/bin
ENV PGDATA=/var/lib/postgresql/18/docker
ENTRYPOINT ["docker-entrypoint.sh"]
STOPSIGNAL SIGINT
CMD ["postgres", "-c", "listen_addresses=*", "-c", "unix_socket_directories=/var/run/postgresql"]`;
}

const temporalUser = 'RUN groupadd --gid 1000 temporal && useradd --uid 1000 --gid temporal --create-home temporal';

/** With the image's own entry point, which the module brings. */
async function makeTemporalServer({ context, log }: Maker): Promise<string> {
  const { server } = await productionBinaries({ environment: process.env, log });
  await copyFile(server, join(context, 'temporal-server'));
  const entry = await readFile(join(sourceOf('go.temporal.io/server'), 'docker/scripts/sh/entrypoint.sh'), 'utf8');
  // Debian's sh has no pipefail; nothing is piped that may fail.
  await writeFile(join(context, 'entrypoint.sh'), entry.replace('#!/bin/sh', '#!/bin/bash'), { mode: 0o755 });
  return `
COPY temporal-server /usr/local/bin/temporal-server
COPY entrypoint.sh /etc/temporal/entrypoint.sh
${temporalUser}
WORKDIR /etc/temporal
USER temporal
CMD ["/etc/temporal/entrypoint.sh"]`;
}

async function makeAdminTools({ context, log }: Maker): Promise<string> {
  const { sql, temporal } = await productionBinaries({ environment: process.env, log });
  await copyFile(sql, join(context, 'temporal-sql-tool'));
  await copyFile(temporal, join(context, 'temporal'));
  return `
COPY temporal temporal-sql-tool /usr/local/bin/
${temporalUser}
USER temporal
WORKDIR /home/temporal`;
}

/** Of the version that the pinned module has, which may be older than the image's. */
async function makeTemporalUi({ context, log }: Maker): Promise<string> {
  const program = cacheFolder(process.env, 'temporal', `ui-server-${process.platform}-${process.arch}`);
  const command = 'github.com/temporalio/ui-server/v2/cmd/server';
  await goBuild({ command, target: program, log, environment: process.env });
  await copyFile(program, join(context, 'ui-server'));
  await mkdir(join(context, 'config'));
  await writeFile(
    join(context, 'config/docker.yaml'),
    await readFile(join(sourceOf('github.com/temporalio/ui-server/v2'), 'config/docker.yaml')),
  );
  return `
COPY ui-server /home/ui-server/ui-server
COPY config /home/ui-server/config
RUN useradd --uid 5000 temporal
USER temporal
WORKDIR /home/ui-server
CMD ["./ui-server", "--env", "docker", "start"]`;
}

/** Folder of a Go module that the pinned one needs. */
function sourceOf(module: string): string {
  return execFileSync('go', ['list', '-m', '-f', '{{.Dir}}', module], { cwd: goModule, encoding: 'utf8' }).trim();
}
