import type { VendorRequest, VendorResponse } from '../server/vendor.ts';
import type { Worlds } from '../server/world.ts';
import type { Grants, OAuthApp } from './oauth-grants.ts';

const html = (status: number, body: string): VendorResponse => ({
  status,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body: `<!doctype html><meta charset="utf-8"><title>Connect an app</title>${body}`,
  call: { operation: 'oauthAuthorize', records: 0 },
});
const escaped = (text: string) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

/**
 * `GET /oauth/authorize`: a page on which a person picks the account. With `portal=<id>` in the query it is as if they had
 * picked that one already; with `portal=deny`, as if they had refused. Scopes granted: those asked for, optional ones too.
 */
export function authorize(request: VendorRequest, app: OAuthApp, grants: Grants, worlds: Worlds): VendorResponse {
  const { query } = request;
  if (query.get('client_id') !== app.clientId)
    return html(400, '<h1>BAD_CLIENT_ID</h1><p>There is no app with this client id.</p>');
  const redirectUri = query.get('redirect_uri') ?? '';
  if (!/^https?:\/\//.test(redirectUri) || !URL.canParse(redirectUri))
    return html(400, '<h1>BAD_REDIRECT_URI</h1><p>The redirect URL is missing or no web address.</p>');
  const scopes = ['scope', 'optional_scope'].flatMap((name) => (query.get(name) ?? '').split(/[\s,]+/).filter(Boolean));
  if (scopes.length === 0) return html(400, '<h1>Authorization failed</h1><p>No scopes were asked for.</p>');

  const picked = query.get('portal') ?? pathPortal(request.path);
  if (picked === null) return html(200, page(request, worlds, scopes));
  const target = new URL(redirectUri);
  const state = query.get('state');
  if (state !== null) target.searchParams.set('state', state);
  const portalId = Number(picked);
  if (!worlds.withPortal(portalId)) {
    target.searchParams.set('error', 'access_denied');
    target.searchParams.set('error_description', 'The user refused, or there is no such account.');
  } else {
    const grant = { portalId, scopes: [...new Set(['oauth', ...scopes])] };
    const code = grants.newCode(
      grant,
      redirectUri,
      query.get('code_challenge'),
      query.get('code_challenge_method') ?? 'plain',
    );
    target.searchParams.set('code', code);
  }
  return { ...html(302, ''), headers: { location: target.href } };
}

const pathPortal = (path: string) => /^\/oauth\/(\d+)\/authorize$/.exec(path)?.[1] ?? null;

function page(request: VendorRequest, worlds: Worlds, scopes: string[]): string {
  const link = (portal: string) => {
    const query = new URLSearchParams(request.query);
    query.set('portal', portal);
    return escaped(`${request.path}?${query}`);
  };
  const portals = worlds
    .all()
    .map(
      ({ world }) =>
        `<li><a href="${link(String(world.portalId))}">${escaped(world.world)} (${world.portalId})</a></li>`,
    );
  return `<h1>Choose an account</h1><p>The app asks for: ${escaped(scopes.join(', '))}</p><ul>${portals.join('')}</ul><p><a href="${link('deny')}">Cancel</a></p>`;
}
