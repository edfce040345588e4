const monthNames = 'January February March April May June July August September October November December'.split(' ');
const dayNames = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');
const layout = /2006|January|Jan|Monday|Mon|Z07:00|-07:00|-0700|\.000|15|PM|pm|_2|0[1-6]|[1-5]/g;

/** Writes an instant by a Go layout (`2006-01-02 15:04:05`), in the zone whose wall time is given. */
export function formatTime(pattern: string, wall: number, offset: number): string {
  const date = new Date(wall);
  const two = (n: number) => String(n).padStart(2, '0');
  const half = date.getUTCHours() % 12 || 12;
  const minutes = Math.abs(offset) / 60_000;
  const sign = offset < 0 ? '-' : '+';
  const zone = (colon: string) => `${sign}${two(Math.floor(minutes / 60))}${colon}${two(minutes % 60)}`;
  const parts: Record<string, () => string> = {
    '2006': () => String(date.getUTCFullYear()).padStart(4, '0'),
    '06': () => two(date.getUTCFullYear() % 100),
    January: () => monthNames[date.getUTCMonth()]!,
    Jan: () => monthNames[date.getUTCMonth()]!.slice(0, 3),
    '01': () => two(date.getUTCMonth() + 1),
    '1': () => String(date.getUTCMonth() + 1),
    Monday: () => dayNames[date.getUTCDay()]!,
    Mon: () => dayNames[date.getUTCDay()]!.slice(0, 3),
    '02': () => two(date.getUTCDate()),
    _2: () => String(date.getUTCDate()).padStart(2, ' '),
    '2': () => String(date.getUTCDate()),
    '15': () => two(date.getUTCHours()),
    '03': () => two(half),
    '3': () => String(half),
    '04': () => two(date.getUTCMinutes()),
    '4': () => String(date.getUTCMinutes()),
    '05': () => two(date.getUTCSeconds()),
    '5': () => String(date.getUTCSeconds()),
    '.000': () => `.${String(date.getUTCMilliseconds()).padStart(3, '0')}`,
    PM: () => (date.getUTCHours() < 12 ? 'AM' : 'PM'),
    pm: () => (date.getUTCHours() < 12 ? 'am' : 'pm'),
    'Z07:00': () => (offset === 0 ? 'Z' : zone(':')),
    '-07:00': () => zone(':'),
    '-0700': () => zone(''),
  };
  return pattern.replace(layout, (token) => parts[token]?.() ?? token);
}
