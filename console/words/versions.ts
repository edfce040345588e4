import { counted } from './numbers.ts';

export const versions = {
  title: 'Versions',
  lead: 'Each change of the configuration makes a version. Restoring an earlier one makes a new version.',
  version: 'Version',
  by: 'By',
  when: 'When',
  present: 'current',
  restoredFrom: (version: number) => `restored from ${version}`,
  unknown: 'not known',
  compare: 'Compare with the current one',
  comparing: (version: number, present: number) => `Version ${version} compared with version ${present}`,
  none: 'They are the same.',
  setting: 'Setting',
  before: (version: number) => `In version ${version}`,
  now: 'Now',
  restore: (version: number) => `Restore version ${version}…`,
  restoreTitle: 'Restore this version',
  restoreText: (settings: number, enabled: boolean) =>
    `${counted(settings, 'setting changes', 'settings change')} back. ${
      enabled ? 'The next run uses them; a run that has started keeps its own.' : 'The sync stays off.'
    } Nothing is written now.`,
  restored: 'Restored as a new version.',
  file: 'As a file',
  fileLead: {
    yaml: 'For the file that “crosswalk apply” reads.',
    curl: 'With the API. The key needs the scope “operate”.',
    cli: 'With the command line: export, change, compare, apply.',
  },
  kinds: { yaml: 'YAML', curl: 'curl', cli: 'CLI' },
};
