// Compares two safetensors files tensor by tensor. Equal shapes are compared by value: all of a
// small tensor, samples of a large one.
import { range } from './bytes.ts';
import { numbers, readHeader, widths, type Tensor } from './safetensors.ts';

export interface Row {
  name: string;
  state: 'same' | 'changed' | 'added' | 'removed';
  shape: number[];
  mean?: number; // of |after - before|
  max?: number;
  relative?: number; // mean of the change over the mean of |before|
  sampled?: boolean;
  count: number;
}

const whole = 1 << 20; // bytes of a tensor that are all compared
const samples = 8;
const sampleBytes = 64 << 10;

function pieces(tensor: Tensor): [number, number][] {
  const size = tensor.to - tensor.from;
  if (size <= whole) return [[tensor.from, tensor.to]];
  const width = widths[tensor.dtype] ?? 1;
  const step = Math.floor((size - sampleBytes) / (samples - 1) / width) * width;
  return Array.from({ length: samples }, (_, i) => [tensor.from + i * step, tensor.from + i * step + sampleBytes]);
}

async function compare(before: string, after: string, a: Tensor, b: Tensor): Promise<Row> {
  const row: Row = { name: b.name, state: 'same', shape: b.shape, count: b.count, sampled: b.to - b.from > whole };
  if (a.dtype !== b.dtype || a.shape.join() !== b.shape.join()) return { ...row, state: 'changed', sampled: false };
  let sum = 0;
  let base = 0;
  let max = 0;
  let seen = 0;
  const [left, right] = [pieces(a), pieces(b)];
  for (let i = 0; i < left.length; i++) {
    const [x, y] = await Promise.all([range(before, ...left[i]), range(after, ...right[i])]);
    if (x.every((byte, at) => byte === y[at])) {
      const same = numbers(x, a.dtype);
      for (const value of same ?? []) base += Math.abs(value);
      seen += same?.length ?? 0;
      continue;
    }
    row.state = 'changed';
    const [p, q] = [numbers(x, a.dtype), numbers(y, b.dtype)];
    if (!p || !q) return row;
    for (let k = 0; k < p.length; k++) {
      const change = Math.abs(q[k] - p[k]);
      sum += change;
      base += Math.abs(p[k]);
      if (change > max) max = change;
    }
    seen += p.length;
  }
  if (row.state === 'changed' && seen) Object.assign(row, { mean: sum / seen, max, relative: base ? sum / base : undefined });
  return row;
}

export async function tensorDiff(before: string, after: string, signal: AbortSignal, tell: (rows: Row[], total: number) => void): Promise<void> {
  const [a, b] = await Promise.all([readHeader(before), readHeader(after)]);
  const old = new Map(a.tensors.map((one) => [one.name, one]));
  const total = b.tensors.length + a.tensors.filter((one) => !b.tensors.some((other) => other.name === one.name)).length;
  const rows: Row[] = [];
  const waiting = [...b.tensors];
  // A few at a time: the browser allows six requests to a host.
  await Promise.all(Array.from({ length: 3 }, async () => {
    for (let one = waiting.shift(); one && !signal.aborted; one = waiting.shift()) {
      const match = old.get(one.name);
      rows.push(match ? await compare(before, after, match, one) : { name: one.name, state: 'added', shape: one.shape, count: one.count });
      tell([...rows], total);
    }
  }));
  const names = new Set(b.tensors.map((one) => one.name));
  for (const one of a.tensors) if (!names.has(one.name)) rows.push({ name: one.name, state: 'removed', shape: one.shape, count: one.count });
  tell([...rows], total);
}
