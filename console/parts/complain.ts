import { notifications } from '@mantine/notifications';
import { ApiProblem } from '../api.ts';

/** Says what was refused, and what to do, where there is no room beside the button. */
export function complain(error: Error): void {
  const fix = error instanceof ApiProblem ? error.fix : '';
  notifications.show({ title: error.message, message: fix, color: 'red.9' });
}
