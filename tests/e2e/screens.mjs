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
  await holt.create('model', 'alice/notes', { 'notes.txt': 'first\n' });
  await uploadFiles({ repo: 'alice/notes', hubUrl: holt.endpoint, accessToken: holt.token, files: [{ path: 'old.safetensors', content: new Blob([weights]) }], commitTitle: 'Add weights that are replaced later' });
  await holt.commit('model', 'alice/notes', { 'old.safetensors': null }, 'Remove the old weights');
  await new Promise((done) => setTimeout(done, 11_000)); // counters are written every ten seconds
  const pages = [
    ['home', '/'], ['models', '/models'], ['model', '/acme/tiny-bert'], ['files', '/acme/tiny-bert/tree/main'], ['tensors', '/acme/tiny-bert/blob/main/model.safetensors'], ['commit', '/acme/tiny-bert/commit/main'], ['profile', '/acme'], ['edit', '/acme/tiny-bert/edit/main/README.md'], ['upload', '/acme/tiny-bert/upload/main'], ['tokens', '/settings/tokens'], ['repo-settings', '/acme/tiny-bert/settings'],
    ['compare', '/acme/tiny-bert/compare/v1.0..main'], ['pull-request', `/acme/tiny-bert/discussions/${pull}`], ['discussions', '/acme/tiny-bert/discussions'], ['history', '/acme/tiny-bert/commits/main'], ['blame', '/acme/tiny-bert/blame/main/src/train.py'], ['table', '/datasets/acme/reviews/blob/main/train.csv'], ['dataset', '/datasets/acme/reviews'],
    ['storage', '/settings/storage'], ['sessions', '/settings/sessions'], ['settings-profile', '/settings/profile'], ['organizations', '/organizations'], ['new', '/new'], ['welcome', '/welcome']
  ];
  const wide = [];
  const shoot = async (page, name) => {
    await page.waitForLoadState('networkidle');
    await page.waitForTimeout(300);
    // Whatever is wider than the window makes a phone's page slide sideways.
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (over > 0) wide.push(`${name} is ${over} px wider than the window`);
    await page.screenshot({ path: `${folder}/${name}.png` });
  };
  const looks = [['light', {}], ['dark', { dark: true }], ['narrow', { width: 360, height: 740 }]];
  for (const [kind, options] of looks) {
    const page = await open(browser, holt, { ...options, user: 'alice' });
    for (const [name, address] of pages) {
      await page.goto(address);
      await shoot(page, `${name}-${kind}`);
    }
    await page.goto('/acme/tiny-bert');
    await page.getByRole('button', { name: 'Use this model' }).click();
    await page.locator('.shown').waitFor();
    await shoot(page, `use-${kind}`);
    await page.context().close();
    const admin = await open(browser, holt, { ...options, user: 'root' });
    for (const tab of ['', 'users', 'organizations', 'queue', 'data', 'audit', 'settings']) {
      await admin.goto(`/settings/admin${tab && `?tab=${tab}`}`);
      await shoot(admin, `admin${tab && `-${tab}`}-${kind}`);
    }
    await admin.context().close();
    const stranger = await open(browser, holt, options);
    await stranger.goto('/login');
    await shoot(stranger, `login-${kind}`);
    await stranger.context().close();
  }
  const fresh = await Holt.start({ people: false });
  try {
    for (const [kind, options] of looks) {
      const first = await open(browser, fresh, options);
      await first.goto('/setup');
      await shoot(first, `setup-${kind}`);
      await first.context().close();
    }
  } finally {
    await fresh.stop();
  }
  if (wide.length) throw new Error(wide.join('\n'));
} finally {
  await browser.close();
  await holt.stop();
}
