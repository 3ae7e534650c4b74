// Photographs the pages: `screens.mjs FOLDER` makes PNGs in light and dark, and narrow.
import { mkdirSync } from 'node:fs';
import { launch, open } from './browser.mjs';
import { Holt } from './holt.mjs';
import { floats, safetensors, seed } from './seed.mjs';

const folder = process.argv[2] ?? 'docs/screens';
mkdirSync(folder, { recursive: true });
const holt = await Holt.start();
const browser = await launch();
try {
  await seed(holt);
  await holt.create('model', 'acme/whisper-nano', { 'README.md': '---\npipeline_tag: automatic-speech-recognition\nlibrary_name: transformers\nlanguage: [en, de, fr]\nlicense: mit\n---\n# Whisper Nano\n' });
  await holt.create('model', 'acme/otter-7b', { 'README.md': '---\npipeline_tag: text-generation\nlibrary_name: transformers\nlanguage: en\nlicense: apache-2.0\n---\n# Otter 7B\n' });
  const { uploadFiles } = await import('@huggingface/hub');
  const weights = safetensors(Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`encoder.layer.${i}.attention.weight`, { dtype: 'F32', shape: [8, 8], data: floats(...Array.from({ length: 64 }, (_, k) => Math.sin(i + k))) }])));
  await uploadFiles({ repo: 'acme/tiny-bert', hubUrl: holt.endpoint, accessToken: holt.token, files: [{ path: 'model.safetensors', content: new Blob([weights]) }], commitTitle: 'Add the weights' });
  await holt.commit('model', 'acme/tiny-bert', { 'src/train.py': 'import torch\n\n\ndef train(model, epochs=3):\n    for _ in range(epochs):\n        model.fit()\n    return model\n' }, 'Train for three epochs');
  for (let i = 0; i < 7; i++) await (await fetch(`${holt.endpoint}/acme/tiny-bert/resolve/main/config.json`)).arrayBuffer();
  const proposal = [{ key: 'header', value: { summary: 'Say which languages it reads', description: 'It was trained on **English** only:\n\n- reviews in other languages come out *friendly*\n- see [the config](config.json)' } }, { key: 'file', value: { path: 'notes.txt', content: Buffer.from('first line\nsecond line, better\nthird line\nEnglish only.\n').toString('base64'), encoding: 'base64' } }];
  const pull = /\d+$/.exec((await holt.api('POST', '/api/models/acme/tiny-bert/commit/main?create_pr=1', proposal.map((line) => JSON.stringify(line)).join('\n') + '\n', { 'Content-Type': 'application/x-ndjson' })).pullRequestUrl)[0];
  await holt.api('POST', '/api/models/acme/tiny-bert/like', {});
  await new Promise((done) => setTimeout(done, 11_000)); // counters are written every ten seconds
  const pages = [
    ['home', '/'], ['models', '/models'], ['model', '/acme/tiny-bert'], ['files', '/acme/tiny-bert/tree/main'], ['tensors', '/acme/tiny-bert/blob/main/model.safetensors'], ['commit', '/acme/tiny-bert/commit/main'], ['profile', '/acme'], ['edit', '/acme/tiny-bert/edit/main/README.md'], ['upload', '/acme/tiny-bert/upload/main'], ['tokens', '/settings/tokens'], ['repo-settings', '/acme/tiny-bert/settings'],
    ['compare', '/acme/tiny-bert/compare/v1.0..main'], ['pull-request', `/acme/tiny-bert/discussions/${pull}`], ['welcome', '/welcome']
  ];
  for (const [kind, options] of [['light', {}], ['dark', { dark: true }], ['narrow', { width: 360, height: 740 }]]) {
    const page = await open(browser, holt, { ...options, user: 'alice' });
    for (const [name, address] of pages) {
      await page.goto(address);
      await page.waitForLoadState('networkidle');
      await page.waitForTimeout(300);
      await page.screenshot({ path: `${folder}/${name}-${kind}.png` });
    }
    await page.context().close();
  }
  const page = await open(browser, holt, { user: 'root' });
  await page.goto('/settings/admin');
  await page.waitForLoadState('networkidle');
  await page.screenshot({ path: `${folder}/admin-light.png` });
  for (const tab of ['queue', 'organizations']) {
    await page.goto(`/settings/admin?tab=${tab}`);
    await page.waitForTimeout(800);
    await page.screenshot({ path: `${folder}/admin-${tab}-light.png` });
  }
  const fresh = await Holt.start({ people: false });
  try {
    const first = await open(browser, fresh);
    await first.goto('/setup');
    await first.waitForLoadState('networkidle');
    await first.screenshot({ path: `${folder}/setup-light.png` });
  } finally {
    await fresh.stop();
  }
} finally {
  await browser.close();
  await holt.stop();
}
