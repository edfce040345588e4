export { isPublicAddress } from './addresses.ts';
export { ofOperator } from './converse.ts';
export { EgressError } from './egress-error.ts';
export { type ClosableFetch, createGuardedFetch, type GuardedFetchOptions } from './guarded-fetch.ts';
export { type Exchange, recordedFetch } from './recorded-fetch.ts';
export * from './types.ts';
export * from './vendor-hosts.ts';
