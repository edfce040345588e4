import { execFileSync } from 'node:child_process';
import { type BaseImage, baseImages } from '../../infra/base-images.ts';

export interface PinOptions {
  repository: string;
  environment: NodeJS.ProcessEnv;
  say: (line: string) => void;
}

/** Base images by what they hold: a tag may name another image tomorrow, a digest never does. */
export interface PinnedImages {
  /** `NODE_IMAGE=node:24.21.0-slim@sha256:…`, line by line: settings for Compose, arguments for the build. */
  settings: string[];
  /** For these no registry answered. */
  unpinned: BaseImage[];
}

export function pinImages({ repository, environment, say }: PinOptions): PinnedImages {
  const settings: string[] = [];
  const unpinned: BaseImage[] = [];
  for (const image of baseImages(repository)) {
    const digest = digestOf(image.name, environment);
    if (digest === undefined) {
      say(`No registry answers for ${image.name}: it is named by its tag only`);
      unpinned.push(image);
    } else settings.push(`${image.variable}=${image.name}@${digest}`);
  }
  return { settings, unpinned };
}

/** As the registry has it now. */
function digestOf(name: string, env: NodeJS.ProcessEnv): string | undefined {
  const docker = (...args: string[]): string =>
    execFileSync('docker', args, { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    docker('pull', '--quiet', name);
    // One a line, where several registries have it.
    return /@(sha256:[0-9a-f]{64})$/m.exec(
      docker('image', 'inspect', '--format', '{{join .RepoDigests "\\n"}}', name),
    )?.[1];
  } catch {
    return undefined;
  }
}
