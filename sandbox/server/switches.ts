import type { Switches } from '../contract.ts';

type Values<Name extends keyof Switches> = {
  [K in Name]: Switches[K] extends number ? number : readonly Switches[K][];
};

/** What each switch may be; the first is the default. Numbers are milliseconds: zero or more. The oracle judges them all. */
export const switchValues: Values<keyof Switches> = {
  pendoNull: ['clear', 'ignore', 'error'],
  pendoEmptyString: ['store', 'clear'],
  pendoClearedReads: ['absent', 'null', 'empty'],
  pendoUnknownField: ['call400', 'rowError', 'ignore'],
  pendoTypeClash: ['coerce', 'rowError', 'call400'],
  pendoList: ['all', 'distinct'],
  pendoSegmentAccounts: ['works', 'refused'],
  pendoErrorShape: ['string', 'object'],
  pendoEmptyLists: ['present', 'absent'],
  pendoNumber: ['asSent', 'float'],
  pendoTime: ['number', 'text', 'rfc3339'],
  pendoStringOrder: ['utf8', 'utf16', 'caseless'],
  pendoReadLagMs: 0,
  pendoEmptyResults: ['array', 'null', 'absent'],
  pendoDoNotProcessWrite: ['accept', 'rowError'],
  pendoForbiddenBody: ['json', 'text', 'empty'],
  pendoNumberType: ['float', 'integer'],
  hubspotBadRow: ['multiStatus', 'batch400'],
  hubspotMissingId: ['multiStatus', 'silent'],
  hubspotReadLagMs: 0,
  hubspotIndexLagMs: 0,
  hubspotPropertyLagMs: 300,
  hubspotNormalise: ['none', 'roundNumbers'],
  hubspotBoolOptions: ['optional', 'required'],
  hubspotResultOrder: ['shuffled', 'asSent'],
  hubspotPartialStatus: ['207', '200'],
  hubspotPropertiesMadeStatus: ['201', '200'],
  hubspotOptionalMembers: ['present', 'absent'],
  hubspotPropertyCase: ['asDefined', 'lowerCase'],
  pendoVerifyBody: ['json', 'empty'],
  hubspotAdditionalEmails: ['listed', 'hidden'],
  hubspotEmailFolding: ['none', 'accents', 'accentsOnWrite'],
  pendoComparison: ['asSorted', 'otherOrder'],
  pendoCountIf: ['distinct', 'rows'],
  pendoMissingInSum: ['zero', 'null'],
  pendoPropertyPaths: ['accepted', 'refused'],
  pendoSeriesCount: ['forward', 'backward'],
  pendoEvents: ['activity', 'alsoIdentify'],
  pendoStartOfPeriod: ['accepted', 'refused'],
  pendoGuideList: ['allApps', 'defaultApp'],
  pendoPollApps: ['accepted', 'refused'],
  pendoPollDays: ['any', 'atMost730'],
  pendoDoNotProcessFlag: ['metadata', 'listOnly'],
  hubspotAfter: ['anyId', 'ownCursors'],
  hubspotSearch: ['asAsked', 'ignoresIds'],
  hubspotEventUuid: ['ignored', 'deduplicated'],
  hubspotEventReadBack: ['allowed', 'refused'],
  hubspotEventLagMs: 0,
  hubspotEventUnknownRecord: ['taken', 'batch400'],
  pendoTimeWritten: ['asSent', 'asSeconds', 'lost'],
  hubspotUpdated: ['all', 'noDates', 'firstRow'],
  oddShapes: ['no', 'yes'],
};

/** With another value than the first of one of these, an account works as nobody takes it to: nothing may be written to it. */
export const assumptionSwitches = [
  'pendoComparison',
  'pendoCountIf',
  'pendoMissingInSum',
  'pendoPropertyPaths',
  'pendoSeriesCount',
  'pendoEvents',
  'pendoGuideList',
  'pendoPollApps',
  'pendoPollDays',
  'pendoDoNotProcessFlag',
  'hubspotAfter',
  'hubspotSearch',
] as const satisfies readonly (keyof Switches)[];

/** The same, but it shows only when something is written: to a few records, and to no more. */
export const writtenSwitches = ['pendoTimeWritten', 'hubspotUpdated'] as const satisfies readonly (keyof Switches)[];

export function defaultSwitches(): Switches {
  const entries = Object.entries(switchValues).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]);
  return Object.fromEntries(entries) as Switches;
}

/** The switches with a change applied; throws on a name or value that there is not. */
export function changedSwitches(before: Switches, change: Record<string, unknown>): Switches {
  const after: Record<string, unknown> = { ...before };
  for (const [name, value] of Object.entries(change)) {
    const allowed = Object.hasOwn(switchValues, name) ? switchValues[name as keyof Switches] : undefined;
    const fits =
      typeof allowed === 'number' ? typeof value === 'number' && value >= 0 : allowed?.some((one) => one === value);
    if (!fits) throw new RangeError(`There is no switch ${name} = ${JSON.stringify(value)}.`);
    after[name] = value;
  }
  return after as unknown as Switches;
}
