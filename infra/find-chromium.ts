/** A Chromium that is on this machine already. Nothing is downloaded. */
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'microsoft-edge'];
const places = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/**
 * @param searchPath the PATH to look in. @param named a path that somebody gave, which comes first.
 * @throws when there is none, with how to get one.
 */
export function findChromium(searchPath: string, named?: string): string {
  const folders = searchPath.split(path.delimiter).filter((folder) => folder !== '');
  const candidates = [
    ...(named === undefined ? [] : [named]),
    ...names.flatMap((name) => folders.map((folder) => path.join(folder, name))),
    ...places,
  ];
  const found = candidates.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (found !== undefined) return found;
  throw new Error(
    'The tests of the console need a Chromium or Chrome. On Debian or Ubuntu: apt-get install chromium. Elsewhere install Chrome, or set CHROMIUM_PATH to the program.',
  );
}
