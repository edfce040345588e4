/** The keys of the console, and what they do. */
export const keys = {
  title: 'Keyboard shortcuts',
  single: 'Single-key shortcuts',
  singleHint: 'Off: only shortcuts with Ctrl or ⌘ work. Helps with speech input.',
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
