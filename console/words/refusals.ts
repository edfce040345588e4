/** What to do about a vendor's refusal, by its code. */
const fixes: Record<string, string> = {
  READ_ONLY_VALUE: 'HubSpot does not let anybody write this property. Map another one.',
  PROPERTY_DOESNT_EXIST: 'The property is gone in HubSpot. It is created again in the next run.',
  INVALID_EMAIL: 'HubSpot does not accept this address. Correct it in Pendo.',
  INVALID_OPTION: 'HubSpot has no such option. Add it to the property in HubSpot.',
  INVALID_INTEGER: 'HubSpot expects a whole number.',
  INVALID_DATE: 'HubSpot expects a date.',
  CONFLICTING_UNIQUE_VALUE: 'Another record already holds this value, which must be unique.',
  MISSING: 'Pendo does not know this record any more. It is read again in the next run.',
};
const other = 'See the records for what the vendor said. They are tried again in the next run.';

export const fixOf = (code: string): string => fixes[code] ?? other;
