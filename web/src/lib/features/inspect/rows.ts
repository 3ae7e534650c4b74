// The first rows of a table: CSV, TSV, JSON lines, Parquet.
import { asyncBufferFromUrl, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { range } from './bytes.ts';

export interface Rows {
  columns: string[];
  rows: unknown[][];
  total: number | null;
}

const some = 200;
const head = 512 << 10;

/** RFC 4180, with quotes; the last row may be cut and is left out when it is. */
export function parseCsv(text: string, separator: string, whole: boolean): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  for (let i = 0; i < text.length && rows.length <= some; i++) {
    const c = text[i];
    if (quoted) {
      if (c !== '"') cell += c;
      else if (text[i + 1] === '"') cell += text[i++];
      else quoted = false;
    } else if (c === '"' && cell === '') quoted = true;
    else if (c === separator) {
      row.push(cell);
      cell = '';
    } else if (c === '\n') {
      row.push(cell.replace(/\r$/, ''));
      rows.push(row);
      row = [];
      cell = '';
    } else cell += c;
  }
  if (whole && rows.length <= some && (cell || row.length)) rows.push([...row, cell]);
  return rows;
}

export async function readRows(url: string, path: string, size: number): Promise<Rows> {
  if (path.endsWith('.parquet')) {
    const file = await asyncBufferFromUrl({ url: new URL(url, location.origin).href, byteLength: size });
    const metadata = await parquetMetadataAsync(file);
    const total = Number(metadata.num_rows);
    const objects = await parquetReadObjects({ file, metadata, rowStart: 0, rowEnd: Math.min(some, total) });
    const names = objects[0] ? Object.keys(objects[0]) : metadata.schema.slice(1).map((one) => one.name);
    return { columns: names, rows: objects.map((one) => names.map((name) => one[name])), total };
  }
  const text = new TextDecoder().decode(await range(url, 0, Math.min(size, head)));
  const whole = size <= head;
  if (path.endsWith('.jsonl')) {
    const lines = text.split('\n').slice(0, some + 1);
    if (!whole && lines.length <= some) lines.pop();
    const objects = lines.filter(Boolean).slice(0, some).map((line) => JSON.parse(line) as Record<string, unknown>);
    const columns = [...new Set(objects.flatMap((one) => (one && typeof one === 'object' ? Object.keys(one) : ['value'])))];
    return { columns, rows: objects.map((one) => columns.map((name) => (one && typeof one === 'object' ? one[name] : one))), total: whole && objects.length < some ? objects.length : null };
  }
  const [columns = [], ...rows] = parseCsv(text, path.endsWith('.tsv') ? '\t' : ',', whole);
  return { columns, rows: rows.slice(0, some), total: whole && rows.length < some ? rows.length : null };
}

export function cellText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (typeof value === 'object') return JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? one.toString() : one instanceof Uint8Array ? `${one.length} bytes` : one));
  return String(value);
}
