// Times as people read them.
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const steps: [number, Intl.RelativeTimeFormatUnit][] = [
  [60, 'second'], [60, 'minute'], [24, 'hour'], [30, 'day'], [12, 'month'], [Infinity, 'year']
];

export function ago(date: string | number, now = Date.now()): string {
  let value = (new Date(date).getTime() - now) / 1000;
  if (Math.abs(value) < 10) return 'just now';
  for (const [size, unit] of steps) {
    if (Math.abs(value) < size) return relative.format(Math.round(value), unit);
    value /= size;
  }
  return '';
}

const full = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });
export const exact = (date: string | number) => full.format(new Date(date));
const dayOnly = new Intl.DateTimeFormat('en', { dateStyle: 'medium' });
export const day = (date: string | number) => dayOnly.format(new Date(date));
