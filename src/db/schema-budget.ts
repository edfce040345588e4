/** Tables of the shared vendor budgets. */
// biome-ignore lint/complexity/noBannedTypes: filled by the budget's own migration
export type BudgetTables = {};
