/** Records of which nothing may be read, or that cannot be asked for: the same for a check and for a delivery. */
import { isUnstorableId } from '../../sync/stored-id.ts';
import { type ControlError, conflict } from '../errors.ts';

/** @param nothing what is not done with it, in the message */
export function recordForgotten(nothing: 'read' | 'read or written'): ControlError {
  return conflict(
    'RECORD_FORGOTTEN',
    `This record was forgotten on request: nothing of it is ${nothing}.`,
    'Readmit it first, if there is consent again.',
  );
}

/** @throws `ID_NOT_READABLE`, with `fix`: Pendo cannot be asked for every id that it has. */
export function requireReadablePendoId(id: string, fix: string): void {
  // What stands for an unstorable id begins so.
  if (!isUnstorableId(id) && !id.startsWith('\u0001')) return;
  throw conflict('ID_NOT_READABLE', 'The Pendo id of this record holds characters that cannot be asked for.', fix);
}
