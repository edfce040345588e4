/** The few pages that a person sees when logging in at HubSpot. Plain HTML; everything in it is escaped. */
import { createHash } from 'node:crypto';
import { html, raw } from 'hono/html';

const close = 'setTimeout(() => window.close(), 1500);';
const style =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:15vh auto;padding:0 1rem}button{font:inherit;padding:.5rem 1rem}';
const digest = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Nothing but our own style and the one script; forms go here only. */
export const pagePolicy = `default-src 'none'; style-src ${digest(style)}; script-src ${digest(close)}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;

export interface PortalNames {
  tenantName: string;
  portalId: string;
  portalName: string;
}

export function page(title: string, content: unknown, closes = false) {
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>${raw(style)}</style></head>
<body><h1>${title}</h1>${content}${closes ? html`<script>${raw(close)}</script>` : ''}</body>
</html>`;
}

export function connectedPage({ tenantName, portalId, portalName }: PortalNames) {
  const content = html`<p>The HubSpot account <strong>${portalName}</strong> (${portalId}) is connected to <strong>${tenantName}</strong>. This window can be closed.</p>`;
  return page('HubSpot is connected', content, true);
}

export function confirmPage({ tenantName, portalId, portalName }: PortalNames, token: string) {
  const content = html`<p>Connect the HubSpot account <strong>${portalName}</strong> (${portalId}) to <strong>${tenantName}</strong>?</p>
<p>Whoever manages ${tenantName} here will be able to read this account's records, and to write what the configuration says. If you do not know ${tenantName}, close this window.</p>
<form method="post" action="/v1/oauth/hubspot/confirm"><input type="hidden" name="token" value="${token}"><button type="submit">Connect this account</button></form>`;
  return page('Is this the right account?', content);
}

export function failedPage(problem: { message: string; fix: string; requestId: string }) {
  const content = html`<p>${problem.message}</p><p>${problem.fix}</p><p><small>${problem.requestId}</small></p>`;
  return page('HubSpot is not connected', content);
}
