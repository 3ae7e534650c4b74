// What a pickle would import when loaded, read from its instructions without running any. PyTorch's
// files are ZIP archives with a pickle inside.
import { range } from './bytes.ts';

export interface Import {
  module: string;
  name: string;
  verdict: 'dangerous' | 'usual' | 'unknown';
}

const dangerous = new Set(['os', 'posix', 'nt', 'sys', 'subprocess', 'socket', 'shutil', 'runpy', 'builtins', '__builtin__', 'webbrowser', 'requests', 'urllib', 'httplib', 'http', 'ctypes', 'pty', 'importlib', 'pickle', 'code', 'asyncio', 'commands', 'operator', 'pip', 'bdb', 'pdb', 'timeit', 'aiohttp']);
const harmless = new Set(['builtins.set', 'builtins.dict', 'builtins.list', 'builtins.int', 'builtins.float', 'builtins.slice', 'builtins.bytearray', 'builtins.complex', '__builtin__.set', '__builtin__.long']);
const usual = /^(torch(\._utils|\.nn\.|\.storage|$|\._tensor|\.FloatStorage)|collections|numpy(\.|$)|_codecs|__torch__)/;

function verdict(module: string, name: string): Import['verdict'] {
  if (harmless.has(`${module}.${name}`)) return 'usual';
  if (dangerous.has(module.split('.')[0])) return 'dangerous';
  return usual.test(module) ? 'usual' : 'unknown';
}

function imports(bytes: Uint8Array<ArrayBuffer>): Import[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = new TextDecoder();
  const found = new Map<string, Import>();
  const add = (module: string, name: string) => found.set(`${module}.${name}`, { module, name, verdict: verdict(module, name) });
  const strings: string[] = []; // the last strings pushed, in order
  const memo = new Map<number, string>();
  let last = '';
  let at = 0;
  const line = () => {
    let end = bytes.indexOf(10, at);
    if (end < 0) end = bytes.length;
    const value = text.decode(bytes.subarray(at, end));
    at = end + 1;
    return value;
  };
  const push = (value: string) => {
    last = value;
    strings.push(value);
    if (strings.length > 64) strings.shift();
  };
  const take = (length: number) => {
    const value = text.decode(bytes.subarray(at, at + length));
    at += length;
    return value;
  };
  while (at < bytes.length) {
    const op = String.fromCharCode(bytes[at++]);
    switch (op) {
      case '.': return [...found.values()];
      case 'c': { const module = line(); add(module, line()); break; }
      case 'i': { const module = line(); add(module, line()); break; }
      case '\x93': add(strings.at(-2) ?? '?', strings.at(-1) ?? '?'); break;
      case '\x8c': push(take(bytes[at++])); break;
      case 'X': { const length = view.getUint32(at, true); at += 4; push(take(length)); break; }
      case '\x8d': { const length = Number(view.getBigUint64(at, true)); at += 8; push(take(length)); break; }
      case 'V': case 'S': push(line().replace(/^['"]|['"]$/g, '')); break;
      case 'U': push(take(bytes[at++])); break;
      case 'T': { const length = view.getInt32(at, true); at += 4; push(take(length)); break; }
      case 'B': at += 4 + view.getUint32(at, true); break;
      case 'C': at += 1 + bytes[at]; break;
      case '\x8e': case '\x96': at += 8 + Number(view.getBigUint64(at, true)); break;
      case '\x8a': at += 1 + bytes[at]; break;
      case '\x8b': at += 4 + view.getUint32(at, true); break;
      case '\x94': memo.set(memo.size, last); break;
      case 'q': memo.set(bytes[at++], last); break;
      case 'r': memo.set(view.getUint32(at, true), last); at += 4; break;
      case 'p': memo.set(Number(line()), last); break;
      case 'h': push(memo.get(bytes[at++]) ?? ''); break;
      case 'j': push(memo.get(view.getUint32(at, true)) ?? ''); at += 4; break;
      case 'g': push(memo.get(Number(line())) ?? ''); break;
      case '\x80': case 'K': case '\x82': at += 1; break;
      case 'M': case '\x83': at += 2; break;
      case 'J': case '\x84': at += 4; break;
      case 'G': at += 8; break;
      case '\x95': at += 8; break;
      case 'I': case 'L': case 'F': case 'P': line(); break;
    }
  }
  return [...found.values()];
}

async function inflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'))).arrayBuffer());
}

export async function readPickle(url: string, size: number): Promise<Import[]> {
  const most = 32 << 20;
  const head = await range(url, 0, Math.min(size, 4));
  if (head[0] !== 0x50 || head[1] !== 0x4b) return imports(await range(url, 0, Math.min(size, most)));
  const tail = await range(url, Math.max(0, size - 65_600), size);
  const view = new DataView(tail.buffer);
  let end = tail.length - 22;
  while (end >= 0 && view.getUint32(end, true) !== 0x06054b50) end--;
  if (end < 0) throw new Error('This looks like a ZIP archive without a directory.');
  let [length, start] = [view.getUint32(end + 12, true), view.getUint32(end + 16, true)];
  if (start === 0xffffffff && end >= 20 && view.getUint32(end - 20, true) === 0x07064b50) {
    const at = Number(view.getBigUint64(end - 12, true));
    const wide = new DataView((await range(url, at, at + 56)).buffer);
    [length, start] = [Number(wide.getBigUint64(40, true)), Number(wide.getBigUint64(48, true))];
  }
  const directory = await range(url, start, start + length);
  const entries = new DataView(directory.buffer);
  const out: Import[] = [];
  for (let at = 0; at + 46 <= directory.length && entries.getUint32(at, true) === 0x02014b50; ) {
    const [method, packed, names, extra, comment] = [entries.getUint16(at + 10, true), entries.getUint32(at + 20, true), entries.getUint16(at + 28, true), entries.getUint16(at + 30, true), entries.getUint16(at + 32, true)];
    const name = new TextDecoder().decode(directory.subarray(at + 46, at + 46 + names));
    const offset = entries.getUint32(at + 42, true);
    if (name.endsWith('.pkl') && packed < most) {
      const local = new DataView((await range(url, offset, offset + 30)).buffer);
      const from = offset + 30 + local.getUint16(26, true) + local.getUint16(28, true);
      const data = await range(url, from, from + packed);
      out.push(...imports(method === 8 ? await inflate(data) : data));
    }
    at += 46 + names + extra + comment;
  }
  return out;
}
