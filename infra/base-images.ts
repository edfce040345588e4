import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** An image of others that ours is built from, or that stands beside it. */
export interface BaseImage {
  /** Names another one: an argument of the Dockerfile, or a variable of docker-compose.yml. */
  variable: string;
  /** With its tag. */
  name: string;
}

/** Those of the Dockerfile and of docker-compose.yml. */
export function baseImages(repository: string): BaseImage[] {
  const read = (file: string): string => readFileSync(join(repository, file), 'utf8');
  const found = [
    ...read('Dockerfile').matchAll(/^ARG (\w+_IMAGE)=(\S+)$/gm),
    ...read('docker-compose.yml').matchAll(/^ +image: \$\{(\w+_IMAGE):-([^}]+)\}$/gm),
  ];
  return found.map(([, variable = '', name = '']) => ({ variable, name }));
}
