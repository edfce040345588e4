/** The console: files that were built before, and the one page that shows every address of it. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';
import type { ApiEnv } from './environment.ts';

/** Scripts and styles are our own files; style tags that components make carry the page's nonce. */
function policy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** Mount it last: it answers every address that a browser asks for as a page. @param folder what `npm run console` built. */
export function consolePages(folder: string) {
  const page = readFileSync(path.join(folder, 'index.html'), 'utf8');
  const root = path.relative(process.cwd(), folder);
  const pages = new Hono<ApiEnv>();
  // Their names carry a digest of what is in them.
  pages.use(
    '/assets/*',
    serveStatic({
      root,
      precompressed: true,
      onFound: (_file, c) => c.header('Cache-Control', 'public, max-age=31536000, immutable'),
    }),
  );
  pages.use(
    '/icon.svg',
    serveStatic({ root, onFound: (_file, c) => c.header('Cache-Control', 'public, max-age=3600') }),
  );
  pages.get('*', (c, next) => {
    if (!(c.req.header('accept') ?? '').includes('text/html') || c.req.path.startsWith('/v1/')) return next();
    const nonce = randomBytes(16).toString('base64');
    c.header('Content-Security-Policy', policy(nonce));
    c.header('Cache-Control', 'no-cache');
    return c.html(page.replace('__NONCE__', nonce));
  });
  return pages;
}
