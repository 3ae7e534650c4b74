// Puts build/ into one file, build/web.pack, with each file plain, by Brotli and by gzip.
// The format is read by src/app/assets.cpp.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const root = new URL('../build/', import.meta.url).pathname;
const types = {
  html: 'text/html; charset=utf-8', js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8',
  json: 'application/json', svg: 'image/svg+xml', png: 'image/png', woff2: 'font/woff2', txt: 'text/plain; charset=utf-8',
  wasm: 'application/wasm'
};

function* files(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else if (entry.name !== 'web.pack') yield path;
  }
}

// The scripts of a repository's card are many small files that name one another: the server lists them
// in the page, so that they are asked for at once. See app/frontend.cpp.
function cardScripts() {
  const generated = new URL('../.svelte-kit/generated/build/client-optimized/nodes/', import.meta.url).pathname;
  const manifest = JSON.parse(readFileSync(new URL('../.svelte-kit/output/client/.vite/manifest.json', import.meta.url), 'utf8'));
  const shell = readFileSync(join(root, '200.html'), 'utf8');
  const route = 'routes/[[kind=kind]]/[owner]/[name]/';
  const nodes = readdirSync(generated).filter((name) => {
    const source = readFileSync(join(generated, name), 'utf8');
    return source.includes(`${route}+layout.svelte"`) || source.includes(`${route}+page.svelte"`);
  });
  if (nodes.length !== 2) throw new Error(`scripts/pack.mjs: the card's page is ${nodes.length} nodes, not 2`);
  const links = new Set();
  const walk = (key) => {
    const chunk = manifest[key];
    if (!chunk || links.has(chunk.file)) return;
    links.add(chunk.file);
    for (const style of chunk.css ?? []) links.add(style);
    for (const other of chunk.imports ?? []) walk(other);
  };
  for (const name of nodes) walk(`.svelte-kit/generated/build/client-optimized/nodes/${name}`);
  return [...links].filter((file) => !shell.includes(file)).map((file) => (file.endsWith('.css') ? `<link href="/${file}" rel="stylesheet">` : `<link href="/${file}" rel="modulepreload">`)).join('');
}
writeFileSync(join(root, 'card-scripts.txt'), cardScripts());

const heads = [];
const bodies = [];
for (const path of [...files(root)].sort()) {
  const name = relative(root, path);
  const extension = name.split('.').pop();
  // KaTeX names each font three times; every browser that runs these pages takes the first.
  if (extension === 'woff' || extension === 'ttf') continue;
  if (!types[extension]) throw new Error(`scripts/pack.mjs: no media type for ${name}`);
  const plain = readFileSync(path);
  const packed = /js|css|html|svg|json|txt/.test(extension);
  const brotli = packed ? brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length } }) : Buffer.alloc(0);
  const gzip = packed ? gzipSync(plain, { level: 9 }) : Buffer.alloc(0);
  const variants = [plain, brotli.length < plain.length ? brotli : Buffer.alloc(0), gzip.length < plain.length ? gzip : Buffer.alloc(0)];
  const hash = createHash('sha256').update(plain).digest('hex').slice(0, 32);
  const immutable = name.startsWith('_app/immutable/') ? 1 : 0;
  heads.push([name, types[extension], hash, immutable, ...variants.map((v) => v.length)].join('\t'));
  bodies.push(...variants);
}
writeFileSync(join(root, 'web.pack'), Buffer.concat([Buffer.from(heads.join('\n') + '\n\n'), ...bodies]));
