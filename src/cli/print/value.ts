/** Values of fields, reasons and refusals: the same form wherever they are shown. */
import type { Page } from './page.ts';

/** As JSON, so that `""`, `null` and `"12"` can be told apart. Long ones are cut: `--json` has all of it. */
export function shownValue(value: unknown, longest = 120): string {
  // What is invisible has been escaped before (visible-text.ts): once is enough.
  const text = JSON.stringify(value ?? null).replaceAll(/\\\\u(?=[0-9a-f]{4})/g, '\\u');
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

export function change(from: unknown, to: unknown): string {
  return `${shownValue(from)} → ${shownValue(to)}`;
}

interface AnyReason {
  code?: unknown;
  message?: unknown;
  fix?: unknown;
  vendorText?: unknown;
}

/** What happened, what to do, and the vendor's own words where it said something. */
export function reasonText(reason: AnyReason | null | undefined): string {
  if (!reason) return '';
  const { message, code, fix, vendorText } = reason;
  const what = typeof message === 'string' ? message : typeof code === 'string' ? code : '';
  return [what, fix, vendorText ? `The vendor said: ${String(vendorText)}` : ''].filter(Boolean).join(' ');
}

export function showReason(page: Page, reason: AnyReason | null | undefined, indent = 0): void {
  const text = reasonText(reason);
  if (text !== '') page.line(`${text}${reason?.code ? ` (${String(reason.code)})` : ''}`, indent);
}
