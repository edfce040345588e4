export const notFound = {
  title: 'Nothing here',
  text: 'This address does not exist, or belongs to a tenant that your key may not see.',
  home: 'Go to the start page',
};
