export const settings = {
  title: 'Settings',
  name: 'Name',
  externalId: (id: string) => `External id: ${id}`,
  fourEyes: 'Four-eyes rule',
  fourEyesHint:
    'Whoever starts a run, or changes its configuration, may not approve it when a guard holds it: somebody with another key must. The rule can also be switched on for the whole installation.',
  save: 'Save',
  saved: 'Saved.',
  remove: 'Delete the tenant…',
  removeTitle: 'Delete this tenant',
  removeText:
    'Ends its runs, stops both syncs, and erases its values, credentials and configuration for good. Nothing is deleted in HubSpot or Pendo. The audit stays.',
  removeButton: 'Delete for good',
  removed: 'The tenant was deleted.',
};
