/** Signatures as Standard Webhooks has them: HMAC-SHA256 over id, timestamp and body. */
import { Webhook } from 'standardwebhooks';

export interface WebhookMessage {
  /** Tells repetitions apart. */
  id: string;
  /** Exactly as it is sent. */
  body: string;
  /** Epoch ms. */
  now: number;
}

/** @param secrets begin with `whsec_`; more than one while a secret is being replaced */
export function signatureHeaders(
  { id, body, now }: WebhookMessage,
  secrets: readonly string[],
): Record<string, string> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now / 1000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, new Date(now), body)).join(' '),
  };
}
