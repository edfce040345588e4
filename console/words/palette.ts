export const palette = {
  findRecord: (text: string) => `Find record “${text}”`,
  nothing: 'Nothing found.',
};
