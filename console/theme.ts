import {
  type CSSVariablesResolver,
  createTheme,
  type MantineColorsTuple,
  Modal,
  SegmentedControl,
} from '@mantine/core';
import { common } from './words/common.ts';

/** Shades with at least 4.5 to 1 against the surface that they stand on, in both schemes. */
const ink: MantineColorsTuple = [
  '#eef0fb',
  '#dadef4',
  '#b4bce6',
  '#8d99d8',
  '#6c7bcd',
  '#5767c6',
  '#3b4bb8',
  '#32409e',
  '#28347f',
  '#1d2761',
];

export const theme = createTheme({
  primaryColor: 'ink',
  primaryShade: { light: 6, dark: 5 },
  colors: { ink },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '1.5rem' },
      h2: { fontSize: '1.15rem' },
      h3: { fontSize: '1rem' },
      h4: { fontSize: '0.9rem' },
    },
  },
  defaultRadius: 'md',
  focusRing: 'always',
  respectReducedMotion: true,
  cursorType: 'pointer',
  components: {
    // As wide as their words; these wrap only where a phone has no room for them in one line.
    SegmentedControl: SegmentedControl.extend({
      styles: {
        root: { maxWidth: '100%' },
        control: { flex: '1 1 auto', minWidth: 0 },
        label: { whiteSpace: 'normal', overflow: 'visible' },
      },
    }),
    Modal: Modal.extend({ defaultProps: { closeButtonProps: { 'aria-label': common.close } } }),
  },
});

/** The four tones of the console, as text, surface and line; and quieter defaults than Mantine's, for contrast. */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#565d68',
    '--mantine-color-placeholder': '#6b7280',
    '--mantine-color-body': '#ffffff',
    '--cw-page': '#f6f7f9',
    '--cw-line': '#dfe2e8',
    '--cw-act': '#b42318',
    '--cw-act-surface': '#fef1f0',
    '--cw-wait': '#8a5300',
    '--cw-wait-surface': '#fff6e5',
    '--cw-idle': '#565d68',
    '--cw-idle-surface': '#f0f1f4',
    '--cw-good': '#146c43',
    '--cw-good-surface': '#eaf6ef',
    '--cw-both': '#3b4bb8',
    '--cw-hubspot': '#c2410c',
    '--cw-pendo': '#a21a58',
  },
  dark: {
    '--mantine-color-dimmed': '#a5adba',
    '--mantine-color-placeholder': '#8e97a5',
    '--mantine-color-body': '#181b20',
    '--mantine-color-anchor': '#a5b1f2',
    '--cw-page': '#111317',
    '--cw-line': '#31363f',
    '--cw-act': '#ff9a8f',
    '--cw-act-surface': '#3a1b19',
    '--cw-wait': '#f5c261',
    '--cw-wait-surface': '#35280f',
    '--cw-idle': '#a5adba',
    '--cw-idle-surface': '#252931',
    '--cw-good': '#6fd39d',
    '--cw-good-surface': '#15301f',
    '--cw-both': '#8d99d8',
    '--cw-hubspot': '#f59364',
    '--cw-pendo': '#f07fb0',
  },
});
