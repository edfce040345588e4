/** What both sides call the records of an object. */
export const crmOf = { visitor: 'contacts', account: 'companies' } as const;
export const listOf = { visitor: 'visitors', account: 'accounts' } as const;
