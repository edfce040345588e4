const day = 86_400_000;
const dates = new Map<number, string>();
const two = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'));
const three = Array.from({ length: 1_000 }, (_, n) => String(n).padStart(3, '0'));

/** `YYYY-MM-DD` in UTC. */
export function isoDate(at: number): string {
  const number = Math.floor(at / day);
  let text = dates.get(number);
  if (text === undefined) {
    text = new Date(number * day).toISOString().slice(0, 10);
    if (dates.size > 20_000) dates.clear();
    dates.set(number, text);
  }
  return text;
}

/** As `Date.prototype.toISOString`, several times faster: a list page shows four instants for every record. */
export function isoTime(at: number): string {
  const ms = at - Math.floor(at / day) * day;
  const seconds = Math.floor(ms / 1_000);
  const minutes = Math.floor(seconds / 60);
  const time = `${two[Math.floor(minutes / 60)]}:${two[minutes % 60]}:${two[seconds % 60]}.${three[ms - seconds * 1_000]}`;
  return `${isoDate(at)}T${time}Z`;
}
