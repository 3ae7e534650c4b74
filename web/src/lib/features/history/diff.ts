// Reads a unified diff as git writes it.
export interface DiffLine {
  kind: 'same' | 'add' | 'remove' | 'hunk';
  text: string;
  old?: number;
  new?: number;
}
export interface DiffFile {
  path: string;
  lines: DiffLine[];
  binary: boolean;
  added: number;
  removed: number;
}

// git quotes names that are not plain ASCII as in C, in octal bytes.
function unquoted(name: string): string {
  if (!name.startsWith('"')) return name.replace(/\t$/, '');
  const bytes: number[] = [];
  const inner = name.slice(1, name.lastIndexOf('"'));
  for (let i = 0; i < inner.length; i++) {
    if (inner[i] !== '\\') bytes.push(...new TextEncoder().encode(inner[i]));
    else if (/[0-7]{3}/.test(inner.slice(i + 1, i + 4))) {
      bytes.push(parseInt(inner.slice(i + 1, i + 4), 8));
      i += 3;
    } else bytes.push(({ n: 10, t: 9, r: 13 } as Record<string, number>)[inner[++i]] ?? inner.charCodeAt(i));
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}

export function parseDiff(text: string): Map<string, DiffFile> {
  const files = new Map<string, DiffFile>();
  let file: DiffFile | null = null;
  let before = 0;
  let after = 0;
  let left = 0;
  let right = 0;
  for (const line of text.split('\n')) {
    const inside: boolean = left > 0 || right > 0;
    if (!inside && line.startsWith('diff --git ')) {
      file = { path: '', lines: [], binary: false, added: 0, removed: 0 };
      const names = /^diff --git (?:"?a\/.*) ("?b\/.*)$/.exec(line);
      if (names) file.path = unquoted(names[1]).slice(2);
      files.set(file.path, file);
    } else if (!file) continue;
    else if (!inside && (line.startsWith('--- ') || line.startsWith('+++ '))) {
      const name = unquoted(line.slice(4));
      if (name !== '/dev/null') {
        files.delete(file.path);
        file.path = name.slice(2);
        files.set(file.path, file);
      }
    } else if (!inside && line.startsWith('Binary files')) file.binary = true;
    else if (!inside && line.startsWith('@@')) {
      const at = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line);
      if (!at) continue;
      [before, left, after, right] = [Number(at[1]), Number(at[2] ?? 1), Number(at[3]), Number(at[4] ?? 1)];
      file.lines.push({ kind: 'hunk', text: line });
    } else if (inside) {
      if (line.startsWith('+')) {
        file.lines.push({ kind: 'add', text: line.slice(1), new: after++ });
        right--;
        file.added++;
      } else if (line.startsWith('-')) {
        file.lines.push({ kind: 'remove', text: line.slice(1), old: before++ });
        left--;
        file.removed++;
      } else if (line.startsWith(' ')) {
        file.lines.push({ kind: 'same', text: line.slice(1), old: before++, new: after++ });
        left--;
        right--;
      }
    }
  }
  return files;
}
