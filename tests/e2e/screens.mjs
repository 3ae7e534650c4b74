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
  const pages = [
    ['home', '/'], ['models', '/models'], ['model', '/acme/tiny-bert'], ['files', '/acme/tiny-bert/tree/main'], ['tensors', '/acme/tiny-bert/blob/main/model.safetensors'], ['commit', '/acme/tiny-bert/commit/main'], ['profile', '/acme'], ['edit', '/acme/tiny-bert/edit/main/README.md'], ['upload', '/acme/tiny-bert/upload/main'], ['tokens', '/settings/tokens'], ['repo-settings', '/acme/tiny-bert/settings']
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
} finally {
  await browser.close();
  await holt.stop();
}
