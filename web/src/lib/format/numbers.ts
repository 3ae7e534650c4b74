// Numbers as people read them.
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const whole = new Intl.NumberFormat('en');

export const count = (n: number) => whole.format(n);
export const compact = (n: number) => short.format(n);

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
export function bytes(n: number): string {
  let at = 0;
  while (n >= 1000 && at < units.length - 1) {
    n /= 1000;
    at++;
  }
  return `${at === 0 || n >= 100 ? Math.round(n) : n.toFixed(n >= 10 ? 1 : 2)} ${units[at]}`;
}

/** 7_240_000_000 -> "7.24B": as parameter counts are written. */
export function parameters(n: number): string {
  for (const [size, unit] of [[1e12, 'T'], [1e9, 'B'], [1e6, 'M'], [1e3, 'K']] as const) {
    if (n >= size) return `${Number((n / size).toPrecision(3))}${unit}`;
  }
  return String(n);
}
