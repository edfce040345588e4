/**
 * After `npm ci`: are the scripts here run by a Node that can run them? Plain JavaScript of old, since any Node may have to read it.
 * `node` is the one in node_modules/.bin where npm has a package of it for this platform, and else the one on PATH.
 */
const least = 24;

if (Number(process.versions.node.split('.')[0]) < least) {
  console.error(
    `Crosswalk needs Node ${least} or newer, and its scripts would be run by Node ${process.versions.node} (${process.execPath}).\n` +
      `npm brings Node ${least} along on Linux (x64, arm64) and Windows (x64). On ${process.platform} (${process.arch}), or where optional packages\n` +
      `are left out, install it from https://nodejs.org, see that "node --version" shows it, and run "npm ci" again.`,
  );
  process.exit(1);
}
