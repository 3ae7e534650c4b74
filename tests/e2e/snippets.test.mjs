// "Use this model": what is copied with one click does what it says, where the client is installed.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { assertAccessible, assertClean, launch, open } from './browser.mjs';
import { Holt } from './holt.mjs';
import { seed } from './seed.mjs';

const python = resolve(import.meta.dirname, '../../.venv/bin/python');
const tools = dirname(python);
let holt, browser;
before(async () => {
  holt = await Holt.start();
  await seed(holt);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await holt?.stop();
});

async function snippetsOf(address, button) {
  const page = await open(browser, holt);
  await page.goto(address);
  await page.getByRole('button', { name: button }).click();
  const list = page.getByRole('list', { name: 'Tools' });
  await list.waitFor();
  await page.waitForLoadState('networkidle');
  await assertAccessible(page);
  const found = {};
  for (const one of await list.getByRole('button').all()) {
    await one.click();
    const shown = page.locator('.shown');
    found[await shown.getAttribute('data-snippet')] = await shown.locator('code').first().textContent();
  }
  assertClean(page);
  await page.context().close();
  return found;
}

function run(code, kind, folder) {
  const environment = { ...process.env, HOME: folder, HF_HOME: join(folder, 'hf'), PATH: `${tools}:${process.env.PATH}`, HF_HUB_DISABLE_TELEMETRY: '1', GIT_TERMINAL_PROMPT: '0' };
  const ended = kind === 'python' ? spawnSync(python, ['-c', code], { cwd: folder, env: environment, encoding: 'utf8', timeout: 120_000 })
    : kind === 'node' ? (writeFileSync(join(folder, 'snippet.mjs'), code), symlinkSync(resolve(import.meta.dirname, 'node_modules'), join(folder, 'node_modules')), spawnSync('node', ['snippet.mjs'], { cwd: folder, env: environment, encoding: 'utf8', timeout: 60_000 }))
    : spawnSync('bash', ['-euo', 'pipefail', '-c', code], { cwd: folder, env: environment, encoding: 'utf8', timeout: 120_000 });
  assert.equal(ended.status, 0, `${code}\n${ended.stdout}\n${ended.stderr}`);
  return ended.stdout;
}

const inFolder = (work) => {
  const folder = mkdtempSync(join(tmpdir(), 'holt-snippet-'));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

test('the snippets of a model work', async () => {
  const found = await snippetsOf('/acme/tiny-bert', 'Use this model');
  assert.deepEqual(Object.keys(found), ['transformers', 'pipeline', 'hub-python', 'hf', 'git', 'curl', 'javascript', 'rust']);
  for (const code of Object.values(found)) assert.ok(code.includes(holt.endpoint), code);
  inFolder((folder) => {
    run(found.curl, 'bash', folder);
    assert.match(readFileSync(join(folder, 'config.json'), 'utf8'), /BertFor/);
  });
  inFolder((folder) => {
    run(found.git, 'bash', folder);
    assert.ok(existsSync(join(folder, 'tiny-bert', 'src', 'train.py')));
  });
  inFolder((folder) => assert.match(run(found.javascript, 'node', folder), /config.json/));
  inFolder((folder) => assert.ok(existsSync(join(run(found['hub-python'], 'python', folder).trim().split('\n').at(-1), 'config.json'))));
  inFolder((folder) => run(found.hf, 'bash', folder));
});

test('the snippets of a dataset work', async () => {
  const found = await snippetsOf('/datasets/acme/reviews', 'Use this dataset');
  assert.deepEqual(Object.keys(found), ['datasets', 'pandas', 'hub-python', 'hf', 'git', 'curl', 'javascript', 'rust']);
  inFolder((folder) => assert.match(run(found.datasets, 'python', folder), /num_rows: 2/));
  if (spawnSync(python, ['-c', 'import pandas']).status === 0) inFolder((folder) => assert.match(run(found.pandas, 'python', folder), /Works well/));
  inFolder((folder) => run(found['hub-python'], 'python', folder));
});
