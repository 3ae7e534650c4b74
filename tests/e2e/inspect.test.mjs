// What files are looked at with: GGUF and its chat template, pickles, Parquet, sound, PDF.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { resolve } from 'node:path';
import { uploadFiles } from '@huggingface/hub';
import { assertAccessible, assertClean, launch, open } from './browser.mjs';
import { Holt } from './holt.mjs';

const python = resolve(import.meta.dirname, '../../.venv/bin/python');

// A GGUF file of version 3: little-endian, texts with a length of eight bytes before them.
function gguf(metadata, tensors) {
  const u32 = (value) => { const out = Buffer.alloc(4); out.writeUInt32LE(value); return out; };
  const u64 = (value) => { const out = Buffer.alloc(8); out.writeBigUInt64LE(BigInt(value)); return out; };
  const text = (value) => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);
  const pairs = Object.entries(metadata).map(([key, value]) => Buffer.concat([text(key), typeof value === 'string' ? Buffer.concat([u32(8), text(value)]) : Buffer.concat([u32(4), u32(value)])]));
  const infos = tensors.map(({ name, shape }, i) => Buffer.concat([text(name), u32(shape.length), ...shape.map(u64), u32(0), u64(i * 64)]));
  const head = Buffer.concat([Buffer.from('GGUF'), u32(3), u64(tensors.length), u64(pairs.length), ...pairs, ...infos]);
  return Buffer.concat([head, Buffer.alloc((32 - (head.length % 32)) % 32), Buffer.alloc(64 * tensors.length)]);
}

// A second of silence, 8 bits at 8 kHz.
function wav() {
  const out = Buffer.alloc(44 + 8000, 128);
  out.write('RIFF', 0);
  out.writeUInt32LE(36 + 8000, 4);
  out.write('WAVEfmt ', 8);
  out.writeUInt32LE(16, 16);
  out.writeUInt16LE(1, 20);
  out.writeUInt16LE(1, 22);
  out.writeUInt32LE(8000, 24);
  out.writeUInt32LE(8000, 28);
  out.writeUInt16LE(1, 32);
  out.writeUInt16LE(8, 34);
  out.write('data', 36);
  out.writeUInt32LE(8000, 40);
  return out;
}

const pdf = '%PDF-1.1\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n';
const template = "{{ bos_token }}{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}\n{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}";
// Protocol 0: it would import posix.system and call it.
const pickle = 'cposix\nsystem\np0\n(S\'echo ran\'\np1\ntp2\nRp3\n.';

const rows = `
import sys, pyarrow as pa, pyarrow.parquet as pq
table = pa.table({"text": ["otters float", "beavers build"], "count": [3, 41], "fine": [True, None]})
sink = pa.BufferOutputStream()
pq.write_table(table, sink, compression="snappy")
sys.stdout.buffer.write(sink.getvalue().to_pybytes())
`;

let holt, browser;
before(async () => {
  holt = await Holt.start();
  await holt.create('model', 'acme/inspected');
  const files = {
    'model.gguf': gguf({ 'general.architecture': 'llama', 'general.name': 'Otter', 'llama.context_length': 4096, 'tokenizer.chat_template': template }, [{ name: 'token_embd.weight', shape: [4, 3] }, { name: 'output.weight', shape: [4] }]),
    'evil.pkl': Buffer.from(pickle),
    'rows.parquet': execFileSync(python, ['-c', rows]),
    'silence.wav': wav(),
    'paper.pdf': Buffer.from(pdf)
  };
  await uploadFiles({ repo: 'acme/inspected', hubUrl: holt.endpoint, accessToken: holt.token, files: Object.entries(files).map(([path, bytes]) => ({ path, content: new Blob([bytes]) })) });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await holt?.stop();
});

const look = (name, path, work) =>
  test(name, async () => {
    const page = await open(browser, holt);
    await page.goto(`/acme/inspected/blob/main/${path}`);
    await work(page);
    await assertAccessible(page);
    assertClean(page);
    await page.context().close();
  });

look('GGUF: tensors, metadata, and what the chat template makes of a conversation', 'model.gguf', async (page) => {
  await page.getByText('2 tensors, 16 parameters').waitFor();
  await page.getByRole('cell', { name: 'token_embd.weight' }).waitFor();
  await page.getByRole('cell', { name: 'F32' }).first().waitFor();
  await page.getByText('llama.context_length').waitFor();
  await page.getByText('4096').first().waitFor();
  const rendered = page.locator('h3', { hasText: 'Rendered with an example' }).locator('xpath=following::pre[1]');
  assert.equal(await rendered.textContent().then((text) => text.trim()), '<s><|system|>You are a helpful assistant.\n<|user|>Hello!\n<|assistant|>How can I help you?\n<|user|>Tell me about otters.\n<|assistant|>');
});

look('a pickle says what it would import, and nothing of it runs', 'evil.pkl', async (page) => {
  const row = page.getByRole('listitem').filter({ hasText: 'posix.system' });
  await row.getByText('can run anything').waitFor();
});

look('Parquet: the first rows with their types', 'rows.parquet', async (page) => {
  await page.getByText('2 rows').waitFor();
  await page.getByRole('columnheader', { name: 'text' }).waitFor();
  await page.getByRole('cell', { name: 'beavers build' }).waitFor();
  await page.getByRole('cell', { name: '41', exact: true }).waitFor();
});

look('sound plays', 'silence.wav', async (page) => {
  const audio = page.locator('audio');
  await audio.waitFor();
  await page.waitForFunction(() => document.querySelector('audio').readyState >= 1);
  assert.equal(await audio.evaluate((one) => Math.round(one.duration)), 1);
});

look('a PDF is shown in a frame of its own, as bytes of this page', 'paper.pdf', async (page) => {
  const frame = page.locator('iframe[title="paper.pdf"]');
  await frame.waitFor();
  assert.match(await frame.getAttribute('src'), /^blob:/);
});
