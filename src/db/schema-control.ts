/** Tables of the control plane: secrets, keys, audit, alerts, OAuth. */
// biome-ignore lint/complexity/noBannedTypes: filled by the control plane's own migration
export type ControlTables = {};
