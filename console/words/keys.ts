/** The keys of the console, and what they do. */
export const keys = {
  title: 'Keyboard shortcuts',
  single: 'Use the keys of one character',
  singleHint: 'Off: only the keys with Ctrl or ⌘ work. For speech input, and for keyboards where they are in the way.',
  or: 'or',
  mod: (isApple: boolean) => (isApple ? '⌘ K' : 'Ctrl K'),
  list: {
    search: 'Go to a page or tenant, or find a record',
    down: 'Next entry of a list',
    up: 'Previous entry of a list',
    open: 'Open the entry',
    close: 'Close what is open',
    help: 'Show these keys',
  },
};
