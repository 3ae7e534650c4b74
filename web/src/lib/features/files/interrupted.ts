// What was being uploaded when a page was closed, so that the next visit can say so. Only names: the
// browser hands out files anew each time.
export interface Interrupted {
  files: number;
  bytes: number;
  some: string[]; // the first names
}

const keyOf = (base: string, rev: string, folder: string) => `holt-upload:${base}:${rev}:${folder}`;

export function remember(base: string, rev: string, folder: string, what: Interrupted): void {
  try {
    localStorage.setItem(keyOf(base, rev, folder), JSON.stringify(what));
  } catch {
    // Storage may be off; then nobody is reminded, and what arrived is not sent again all the same.
  }
}

export function forget(base: string, rev: string, folder: string): void {
  try {
    localStorage.removeItem(keyOf(base, rev, folder));
  } catch {
    // As above.
  }
}

export function interrupted(base: string, rev: string, folder: string): Interrupted | null {
  try {
    return JSON.parse(localStorage.getItem(keyOf(base, rev, folder)) ?? 'null') as Interrupted | null;
  } catch {
    return null;
  }
}
