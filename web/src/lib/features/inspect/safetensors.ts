// The header of a safetensors file, and the numbers of its tensors.
import { range } from './bytes.ts';

export interface Tensor {
  name: string;
  dtype: string;
  shape: number[];
  from: number; // in the file
  to: number;
  count: number;
}
export interface Header {
  tensors: Tensor[];
  metadata: Record<string, string>;
}

const longest = 100_000_000; // the format's own bound

export async function readHeader(url: string): Promise<Header> {
  const start = await range(url, 0, 65_536);
  const length = Number(new DataView(start.buffer).getBigUint64(0, true));
  if (length > longest) throw new Error(`The header says that it is ${length} bytes long.`);
  const text = 8 + length <= start.length ? start.slice(8, 8 + length) : await range(url, 8, 8 + length);
  const header = JSON.parse(new TextDecoder().decode(text)) as Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>;
  const tensors: Tensor[] = [];
  for (const [name, one] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    tensors.push({ name, dtype: one.dtype, shape: one.shape, from: 8 + length + one.data_offsets[0], to: 8 + length + one.data_offsets[1], count: one.shape.reduce((a, b) => a * b, 1) });
  }
  return { tensors, metadata: (header.__metadata__ as unknown as Record<string, string>) ?? {} };
}

export const widths: Record<string, number> = { F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, I16: 2, I8: 1, U8: 1, U16: 2, U32: 4, U64: 8, BOOL: 1, F8_E4M3: 1, F8_E5M2: 1 };

function half(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const value = exponent === 0 ? fraction * 2 ** -24 : exponent === 31 ? (fraction ? NaN : Infinity) : (1 + fraction / 1024) * 2 ** (exponent - 15);
  return bits & 0x8000 ? -value : value;
}

/** Numbers of raw bytes; null for types that are not compared by value. */
export function numbers(bytes: Uint8Array<ArrayBuffer>, dtype: string): Float64Array | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const width = widths[dtype];
  if (!width || dtype.startsWith('F8')) return null;
  const out = new Float64Array(Math.floor(bytes.length / width));
  const scratch = new DataView(new ArrayBuffer(4));
  for (let i = 0; i < out.length; i++) {
    const at = i * width;
    switch (dtype) {
      case 'F32': out[i] = view.getFloat32(at, true); break;
      case 'F64': out[i] = view.getFloat64(at, true); break;
      case 'F16': out[i] = half(view.getUint16(at, true)); break;
      case 'BF16': scratch.setUint32(0, view.getUint16(at, true) << 16); out[i] = scratch.getFloat32(0); break;
      case 'I64': out[i] = Number(view.getBigInt64(at, true)); break;
      case 'U64': out[i] = Number(view.getBigUint64(at, true)); break;
      case 'I32': out[i] = view.getInt32(at, true); break;
      case 'U32': out[i] = view.getUint32(at, true); break;
      case 'I16': out[i] = view.getInt16(at, true); break;
      case 'U16': out[i] = view.getUint16(at, true); break;
      case 'I8': out[i] = view.getInt8(at); break;
      default: out[i] = view.getUint8(at);
    }
  }
  return out;
}
