/** What a person reads of a vendor's error: what happened, why, and what to do; beside it the vendor's own words. */
import type { Reason } from '../../db/schema.ts';
import { vendorNames } from '../../sync/legs.ts';
import { needsPerson, type VendorError } from '../../sync/vendor-error.ts';
import { keptText } from '../../sync/vendor-words.ts';

export function reasonOf(error: VendorError): Reason {
  const { code, message, vendor, detail } = error;
  const vendorText = detail === undefined ? '' : keptText(detail);
  const said = vendorText === '' ? {} : { vendorText };
  return { code, message, vendor, ...said, ...remedyOf(error) };
}

function remedyOf(error: VendorError): { fix: string; [more: string]: unknown } {
  const vendor = vendorNames[error.vendor];
  if (error.blames === 'operator') {
    return {
      fix: `Nothing to do for this tenant: ${operatorRemedy(error.code)} The run continues by itself within five minutes after that.`,
    };
  }
  if (!needsPerson(error)) return { fix: passes(error, vendor) };
  if (error.kind === 'unauthorised') {
    // `lost` says to the control plane whose connection this is about, and when: it may have been made anew since.
    return {
      lost: error.vendor,
      lostAt: Date.now(),
      fix: `Connect ${vendor} again; the sync resumes after that.`,
    };
  }
  if (error.kind === 'forbidden') {
    return {
      ...(error.scopes ? { scopes: error.scopes } : {}),
      fix: error.scopes?.length
        ? `Give the ${vendor} credential these scopes: ${error.scopes.join(', ')}. Then resume the sync.`
        : `Give the ${vendor} credential the access that this sync needs (for Pendo: a key with write access). Then resume the sync.`,
    };
  }
  return {
    fix: `${vendor} refuses this request as it is, and did so twice; its answer is shown beside this. Correct the mapping or the connection, then resume the sync.`,
  };
}

function passes({ kind, code }: VendorError, vendor: string): string {
  if (kind === 'wait') return `Nothing to do: the run continues by itself when ${vendor} answers again.`;
  const givesUp = 'After 24 hours without progress it ends, and the next run carries on.';
  return code === 'UNEXPECTED_ANSWER' || code === 'REDIRECT'
    ? `Nothing to do at first: the run tries again by itself. If it stays like this, see whether a proxy or firewall stands between Crosswalk and ${vendor}. ${givesUp}`
    : `Nothing to do: the run tries again, and continues by itself when ${vendor} answers. ${givesUp}`;
}

/** A sentence about the setting that only the operator of this installation can correct. */
export function operatorRemedy(code: string): string {
  return code.startsWith('BAD_CLIENT') || code === 'OAUTH_NOT_CONFIGURED' || code === 'BAD_REDIRECT_URI'
    ? 'whoever operates Crosswalk has to correct HUBSPOT_CLIENT_ID and HUBSPOT_CLIENT_SECRET, and to restart it.'
    : 'whoever operates Crosswalk has to correct the address of the vendor in its settings, and to restart it.';
}
