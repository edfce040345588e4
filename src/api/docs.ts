/** The API document as a page to browse. Its scripts come from this process, so it works without the internet. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Hono } from 'hono';
import type { ApiEnv } from './environment.ts';

const assets: Record<string, string> = {
  'swagger-ui.css': 'text/css',
  'swagger-ui-bundle.js': 'text/javascript',
};
const folder = path.dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Crosswalk API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="page"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;
const start = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#page', deepLinking: true, validatorUrl: null });\n`;

export function docsPage() {
  const read = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();
  /** Read once: nobody needs a key to ask for them. */
  const assetOf = (name: string): Promise<Uint8Array<ArrayBuffer>> => {
    const known = read.get(name) ?? readFile(path.join(folder, name)).then((bytes) => new Uint8Array(bytes));
    read.set(name, known);
    return known;
  };
  return new Hono<ApiEnv>()
    .use('/docs/*', async (c, next) => {
      await next();
      // The page draws its own icons, and styles elements as it goes.
      c.header(
        'Content-Security-Policy',
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      );
    })
    .get('/docs', (c) => c.redirect('/docs/', 308))
    .get('/docs/', (c) => c.html(page))
    .get('/docs/start.js', (c) => c.body(start, 200, { 'Content-Type': 'text/javascript' }))
    .get('/docs/:asset', async (c) => {
      const name = c.req.param('asset');
      const type = Object.hasOwn(assets, name) ? assets[name] : undefined;
      if (type === undefined) return c.notFound();
      return c.body(await assetOf(name), 200, {
        'Content-Type': type,
        'Cache-Control': 'public, max-age=3600',
      });
    });
}
