// What people do with an account: sign in, create, write, upload, settings, tokens, organisations.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, mkdirSync, openSync, writeFileSync, writeSync, closeSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { assertAccessible, assertClean, launch, open, signIn } from './browser.mjs';
import { Holt } from './holt.mjs';
import { floats, safetensors, seed } from './seed.mjs';

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

const as = (name, user, work) =>
  test(name, async () => {
    const page = await open(browser, holt, { user });
    await work(page);
    assertClean(page);
    await page.context().close();
  });

test('a wrong password is refused in words, and the cookie is out of reach of scripts', async () => {
  const page = await open(browser, holt);
  await page.goto('/login');
  await page.getByLabel('Name or e-mail').fill('alice');
  await page.getByLabel('Password').fill('not this one');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByText('Name and password do not match.').waitFor();
  await assertAccessible(page);
  await signIn(page, 'alice');
  assert.equal(await page.evaluate(() => document.cookie), '');
  const cookie = (await page.context().cookies())[0];
  assert.ok(cookie.httpOnly);
  assert.equal(cookie.sameSite, 'Lax');
  await page.getByRole('button', { name: 'Your account' }).click();
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByRole('link', { name: 'Log in' }).waitFor();
  await page.context().close();
});

test('another site cannot act in the name of who is signed in', async () => {
  const page = await open(browser, holt, { user: 'alice' });
  const cookie = (await page.context().cookies()).map((one) => `${one.name}=${one.value}`).join('; ');
  const attempt = (headers) => fetch(`${holt.endpoint}/api/repos/create`, { method: 'POST', headers: { Cookie: cookie, 'Content-Type': 'application/json', ...headers }, body: JSON.stringify({ type: 'model', name: `csrf-${Math.random()}`.replace('.', '') }) });
  assert.equal((await attempt({ Origin: 'http://evil.example' })).status, 403);
  assert.equal((await attempt({ 'Sec-Fetch-Site': 'cross-site' })).status, 403);
  assert.equal((await attempt({ 'Sec-Fetch-Site': 'same-site' })).status, 403);
  assert.equal((await attempt({ Origin: holt.endpoint })).status, 200);
  await page.context().close();
});

as('a new model, its card written in the editor, renamed and deleted', 'alice', async (page) => {
  await page.goto('/new');
  await page.getByLabel('Name', { exact: true }).fill('by-hand');
  await page.getByLabel('License').selectOption('mit');
  await assertAccessible(page);
  await page.getByRole('button', { name: 'Create', exact: true }).last().click();
  await page.waitForURL('**/alice/by-hand');
  await page.getByRole('link', { name: /mit/i }).first().waitFor();
  await page.getByRole('link', { name: 'Edit card' }).click();
  const editor = page.locator('.cm-content');
  await editor.click();
  await page.keyboard.press('Control+End');
  await page.keyboard.type('# Made by hand\n\nIt says hello.\n');
  await page.getByRole('button', { name: 'Preview' }).click();
  await page.getByRole('heading', { name: 'Made by hand' }).waitFor();
  await assertAccessible(page);
  await page.getByLabel('Commit message').fill('Write the card');
  await page.getByRole('button', { name: 'Commit changes' }).click();
  await page.waitForURL('**/alice/by-hand');
  await page.getByRole('heading', { name: 'Made by hand' }).waitFor();

  await page.goto('/alice/by-hand/new/main');
  await page.getByLabel('Path of the file').fill('docs/usage.txt');
  await page.locator('.cm-content').click();
  await page.keyboard.type('one');
  await page.getByRole('button', { name: 'Commit changes' }).click();
  await page.waitForURL('**/blob/main/docs/usage.txt');
  await page.getByRole('link', { name: 'Edit' }).click();
  await page.getByLabel('Path of the file').fill('docs/manual.txt');
  await page.getByRole('button', { name: 'Commit changes' }).click();
  await page.waitForURL('**/blob/main/docs/manual.txt');
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.waitForURL(/tree\/main/);
  const commits = await holt.api('GET', '/api/models/alice/by-hand/commits/main');
  assert.deepEqual(commits.slice(0, 4).map((one) => one.title), ['Delete docs/manual.txt', 'Rename docs/usage.txt to docs/manual.txt', 'Create docs/usage.txt', 'Write the card']);
});

const digestOf = (path) => new Promise((done, refused) => {
  const hash = createHash('sha256');
  createReadStream(path).on('data', (bytes) => hash.update(bytes)).on('end', () => done(hash.digest('hex'))).on('error', refused);
});

as('files are uploaded by dragging, large ones through Xet, byte for byte', 'alice', async (page) => {
  await holt.create('model', 'alice/dragged');
  const folder = join(holt.folder, 'to-drag');
  mkdirSync(join(folder, 'deep'), { recursive: true });
  const megabytes = Number(process.env.HOLT_E2E_UPLOAD_MB ?? 24);
  const file = openSync(join(folder, 'deep', 'weights.bin'), 'w');
  for (let i = 0; i < megabytes; i++) writeSync(file, randomBytes(1 << 20));
  closeSync(file);
  writeFileSync(join(folder, 'readme.txt'), 'small\n');
  await page.goto('/alice/dragged/upload/main');
  await page.locator('input[webkitdirectory]').setInputFiles(folder);
  await page.getByText('to-drag/deep/weights.bin').waitFor();
  await assertAccessible(page);
  await page.getByRole('button', { name: /Upload 2 files/ }).click();
  await page.waitForURL(/tree\/main/, { timeout: 600_000 });
  const [entry] = (await holt.api('GET', '/api/models/alice/dragged/tree/main/to-drag/deep')).filter((one) => one.path.endsWith('weights.bin'));
  assert.equal(entry.lfs.oid, await digestOf(join(folder, 'deep', 'weights.bin')));
  assert.ok(entry.xetHash);
  const hash = createHash('sha256');
  for await (const bytes of (await fetch(`${holt.endpoint}/alice/dragged/resolve/main/to-drag/deep/weights.bin`)).body) hash.update(bytes);
  assert.equal(hash.digest('hex'), entry.lfs.oid);
  rmSync(folder, { recursive: true });
});

as('dropped files are taken, and an upload can be paused', 'alice', async (page) => {
  await holt.create('model', 'alice/dropped');
  await page.goto('/alice/dropped/upload/main');
  await page.locator('.drop').waitFor();
  const transfer = await page.evaluateHandle(() => {
    const data = new DataTransfer();
    data.items.add(new File(['dropped text\n'], 'dropped.txt'));
    data.items.add(new File([new Uint8Array(3_000_000).map((_, i) => (i * 2654435761) >>> 24)], 'dropped.bin'));
    return data;
  });
  await page.locator('.drop').dispatchEvent('drop', { dataTransfer: transfer });
  await page.getByText('dropped.bin').waitFor();
  // Slow enough for a hand to be quicker.
  await page.route('**/v1/xorbs/**', async (route) => {
    await new Promise((done) => setTimeout(done, 2000));
    await route.continue();
  });
  await page.getByRole('button', { name: /Upload 2 files/ }).click();
  const pause = page.getByRole('button', { name: 'Pause' });
  await pause.click();
  await page.getByText('Paused.').waitFor();
  await page.waitForTimeout(3000);
  assert.match(page.url(), /upload/); // nothing is committed meanwhile
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.waitForURL(/tree\/main/, { timeout: 60_000 });
  await page.getByRole('link', { name: 'dropped.bin' }).waitFor();
});

as('an upload goes on after its tab was closed: what arrived is not sent again', 'alice', async (first) => {
  await holt.create('model', 'alice/resumed');
  const folder = join(holt.folder, 'to-resume');
  mkdirSync(folder, { recursive: true });
  const megabytes = Number(process.env.HOLT_E2E_RESUME_MB ?? 140);
  const path = join(folder, 'weights.bin');
  const file = openSync(path, 'w');
  for (let i = 0; i < megabytes; i++) writeSync(file, randomBytes(1 << 20));
  closeSync(file);
  // Counts what is sent, and holds back the third xorb until the tab is closed.
  const watch = (page, hold) => page.route('**/v1/xorbs/**', async (route) => {
    if (route.request().method() !== 'POST') return route.continue();
    if (hold && page.arrived.length === 2) return;
    const reply = await route.fetch();
    page.arrived.push(route.request().url().slice(-64));
    await route.fulfill({ response: reply });
  });
  const begin = async (page) => {
    page.arrived = [];
    await page.locator('input[type=file]:not([webkitdirectory])').setInputFiles(path);
    await page.getByRole('button', { name: /Upload 1 file/ }).click();
  };
  await first.goto('/alice/resumed/upload/main');
  await watch(first, true);
  await begin(first);
  for (let i = 0; first.arrived.length < 2; i++) {
    assert.ok(i < 1200, 'two xorbs did not arrive');
    await new Promise((done) => setTimeout(done, 100));
  }
  const sent = [...first.arrived];
  const page = await first.context().newPage();
  page.setDefaultTimeout(10_000);
  await first.close();
  await page.goto('/alice/resumed/upload/main');
  await page.getByRole('status').filter({ hasText: 'An upload of weights.bin' }).waitFor();
  await assertAccessible(page);
  await watch(page, false);
  await begin(page);
  await page.getByText(/had arrived before and are not sent again/).waitFor({ timeout: 120_000 });
  await page.waitForURL(/tree\/main/, { timeout: 60_000 + megabytes * 1_300 });
  console.log(`${megabytes} MiB: ${sent.length} xorbs before the tab was closed, ${page.arrived.length} after`);
  assert.ok(page.arrived.every((hash) => !sent.includes(hash)), 'a xorb was sent twice');
  assert.ok(page.arrived.length > 0);
  const [entry] = (await holt.api('GET', '/api/models/alice/resumed/tree/main')).filter((one) => one.path === 'weights.bin');
  assert.equal(entry.lfs.oid, await digestOf(path));
  const hash = createHash('sha256');
  for await (const bytes of (await fetch(`${holt.endpoint}/alice/resumed/resolve/main/weights.bin`)).body) hash.update(bytes);
  assert.equal(hash.digest('hex'), entry.lfs.oid);
  await page.goto('/alice/resumed/upload/main');
  await page.getByText('Drag files or folders here').waitFor();
  assert.equal(await page.getByText('was cut short here').count(), 0);
  rmSync(folder, { recursive: true });
});

as('a model is liked, and the like is taken back', 'bob', async (page) => {
  await holt.create('model', 'alice/liked', { 'README.md': '# Liked\n' });
  const heart = page.getByRole('button', { name: /^Like/ });
  const shown = async (pressed, likes) => {
    await page.locator(`button[aria-pressed=${pressed}]`).filter({ hasText: `Like${likes}` }).waitFor();
    assert.equal((await holt.api('GET', '/api/models/alice/liked')).likes, likes);
  };
  await page.goto('/alice/liked');
  await shown(false, 0);
  await heart.focus();
  await Promise.all([page.waitForResponse((reply) => reply.url().endsWith('/alice/liked/like') && reply.request().method() === 'POST'), page.keyboard.press('Enter')]);
  await shown(true, 1);
  await assertAccessible(page);
  await page.reload();
  await shown(true, 1);
  await page.goto('/models?sort=likes');
  await page.locator('a', { hasText: 'alice/liked' }).first().waitFor();
  // What the server refuses is taken back on the page, and said.
  await page.goto('/alice/liked');
  await shown(true, 1);
  await page.route('**/alice/liked/like', (route) => (route.request().method() === 'DELETE' ? route.fulfill({ status: 429, contentType: 'application/json', body: '{"error":"Too many requests."}' }) : route.continue()));
  await heart.click();
  await page.getByRole('alert').filter({ hasText: 'Too many requests.' }).waitFor({ state: 'attached' });
  await shown(true, 1);
  await page.unroute('**/alice/liked/like');
  await Promise.all([page.waitForResponse((reply) => reply.url().endsWith('/alice/liked/like') && reply.request().method() === 'DELETE'), heart.click()]);
  await page.reload();
  await shown(false, 0);
});

test('who is not signed in is asked to before liking', async () => {
  const page = await open(browser, holt);
  await page.goto('/acme/tiny-bert');
  await page.getByRole('link', { name: /^Like/ }).click();
  await page.waitForURL(/\/login\?next=%2Facme%2Ftiny-bert$/);
  assertClean(page);
  await page.context().close();
});

as('tokens are made, shown once, used and revoked', 'alice', async (page) => {
  await page.goto('/settings/tokens');
  await page.getByRole('button', { name: 'New token' }).click();
  await page.getByLabel('Name', { exact: true }).fill('laptop');
  await assertAccessible(page);
  await page.getByRole('button', { name: 'Create token' }).click();
  const value = await page.locator('code.value').textContent();
  const who = await (await fetch(`${holt.endpoint}/api/whoami-v2`, { headers: { Authorization: `Bearer ${value}` } })).json();
  assert.equal(who.name, 'alice');
  await page.getByRole('button', { name: 'Revoke laptop' }).click();
  await page.getByRole('button', { name: 'Revoke laptop' }).waitFor({ state: 'detached' });
  assert.equal((await fetch(`${holt.endpoint}/api/whoami-v2`, { headers: { Authorization: `Bearer ${value}` } })).status, 401);
});

as('profile, sessions, storage and password', 'bob', async (page) => {
  await page.goto('/settings/profile');
  await page.getByLabel('Full name').fill('Bob the Builder');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').waitFor();
  await page.goto('/bob');
  await page.getByRole('heading', { name: 'Bob the Builder' }).waitFor();
  await assertAccessible(page);
  await page.goto('/settings/sessions');
  await page.getByText('active').waitFor();
  await page.goto('/settings/storage');
  await page.getByText('You have no repositories.').waitFor();
  await page.goto('/settings/password');
  await page.getByLabel('Current password').fill('wrong one');
  await page.getByLabel('New password', { exact: true }).fill('another long one');
  await page.getByLabel('New password, again').fill('another long one');
  await page.getByRole('button', { name: 'Change password' }).click();
  await page.getByRole('alert').waitFor();
  await page.getByLabel('Current password').fill(Holt.password);
  await page.getByRole('button', { name: 'Change password' }).click();
  await page.getByText('The password was changed').waitFor();
  await page.goto('/settings/profile');
  await page.getByLabel('Full name').waitFor();
});

as('settings of a repository: private, renamed, squashed, deleted', 'alice', async (page) => {
  await holt.create('model', 'alice/settled', { 'a.txt': 'a' });
  await page.goto('/alice/settled/settings');
  await page.getByRole('button', { name: 'Make private' }).click();
  await page.getByRole('button', { name: 'Make public' }).waitFor();
  assert.equal((await fetch(`${holt.endpoint}/api/models/alice/settled`)).status, 401);
  await assertAccessible(page);
  await page.getByRole('button', { name: 'Squash main' }).click();
  await page.getByText('Saved.').waitFor({ state: 'attached' });
  assert.equal((await holt.api('GET', '/api/models/alice/settled/commits/main')).length, 1);
  await page.getByLabel('New name').fill('alice/moved');
  await page.getByRole('button', { name: 'Rename', exact: true }).click();
  await page.waitForURL('**/alice/moved/settings');
  await page.getByRole('button', { name: 'Delete this repository' }).click();
  const confirm = page.getByRole('button', { name: 'Delete for good' });
  assert.ok(await confirm.isDisabled());
  await page.getByLabel('Type alice/moved to confirm').fill('alice/moved');
  await confirm.click();
  await page.waitForURL((url) => url.pathname === '/alice');
  await assert.rejects(holt.api('GET', '/api/models/alice/moved'), /404/);
});

as('an organization and its members', 'alice', async (page) => {
  await page.goto('/organizations');
  await page.getByRole('link', { name: /Acme Corporation/ }).waitFor();
  await assertAccessible(page);
  await page.goto('/organizations/new');
  await page.getByLabel('Name', { exact: true }).fill('otters');
  await page.getByRole('button', { name: 'Create organization' }).click();
  await page.waitForURL('**/otters');
  await page.getByLabel('User name').fill('bob');
  await page.getByRole('button', { name: 'Add a member' }).click();
  await page.getByLabel('Role: bob').waitFor();
  await page.getByLabel('Role: bob').selectOption('admin');
  await page.waitForFunction(async () => (await (await fetch('/api/organizations/otters/members')).json()).find((one) => one.user === 'bob')?.role === 'admin');
  await page.getByRole('button', { name: 'Remove bob' }).click();
  await page.getByLabel('Role: bob').waitFor({ state: 'detached' });
  await assertAccessible(page);
});

as('a discussion is opened, answered and closed', 'alice', async (page) => {
  await page.goto('/acme/tiny-bert/discussions');
  await page.getByText('No discussions yet.').waitFor();
  await page.getByRole('link', { name: 'New discussion' }).click();
  await page.getByLabel('Title').fill('How large is it?');
  await page.getByLabel('Text').fill('The card does **not** say. <img src=x onerror=alert(1)><script>alert(1)</script>\n\n- see [the config](config.json)\n\n```python\nimport torch\n```\n');
  await page.getByRole('button', { name: 'Post' }).click();
  await page.getByRole('heading', { name: /How large is it/ }).waitFor();
  assert.equal(await page.locator('.text strong').textContent(), 'not');
  assert.match(await page.getByRole('link', { name: 'the config' }).getAttribute('href'), /^\/acme\/tiny-bert\/blob\/main\/config.json$/);
  await page.locator('.text .hljs-keyword').first().waitFor();
  await page.getByLabel('Comment').fill('Tiny.');
  await page.getByRole('button', { name: 'Comment' }).click();
  await page.getByText('Tiny.', { exact: true }).waitFor();
  await assertAccessible(page);
  await page.getByRole('button', { name: 'Close', exact: true }).click();
  await page.getByText('closed').first().waitFor();
});

as('administration: overview, users, upkeep, audit, settings', 'root', async (page) => {
  await page.goto('/settings/admin');
  await page.getByText('The catalog answers').waitFor();
  await assertAccessible(page);
  await page.getByRole('link', { name: 'Users', exact: true }).click();
  await page.getByRole('button', { name: 'New user' }).click();
  await page.getByLabel('Name', { exact: true }).fill('carol');
  await page.getByRole('textbox', { name: 'Password', exact: true }).fill(Holt.password);
  await page.getByRole('button', { name: 'Create', exact: true }).last().click();
  const row = page.getByRole('row', { name: /carol/ });
  await row.getByRole('button', { name: 'Suspend' }).click();
  await row.getByText('suspended').waitFor();
  await assertAccessible(page);
  await page.getByRole('link', { name: 'Organizations', exact: true }).last().click();
  await page.getByRole('row', { name: /acme.*alice/ }).waitFor();
  await assertAccessible(page);
  await page.getByRole('link', { name: 'Queue' }).click();
  await page.getByText('Nothing has failed.').waitFor();
  await page.getByRole('row', { name: /flush counters/ }).waitFor();
  await assertAccessible(page);
  await page.getByRole('link', { name: 'Data', exact: true }).click();
  await page.getByRole('button', { name: 'Look what would go' }).click();
  await page.locator('[data-result=look]').waitFor({ timeout: 30_000 });
  await page.getByRole('button', { name: 'Check all data' }).click();
  await page.locator('[data-result=check]').waitFor({ timeout: 60_000 });
  await assertAccessible(page);
  await page.getByRole('link', { name: 'Audit log' }).click();
  await page.getByRole('cell', { name: 'user.suspend' }).waitFor();
  await page.getByRole('link', { name: 'Settings in effect' }).click();
  await page.getByText('open-to-join').waitFor();
});

test('administration is for administrators', async () => {
  const page = await open(browser, holt, { user: 'alice' });
  await page.goto('/settings/admin');
  await page.getByText('Only administrators see this page.').waitFor();
  assert.equal(await page.evaluate(async () => (await fetch('/api/admin/users')).status), 403);
  await page.context().close();
});

as('tensor files show their tensors, and two versions are compared', 'alice', async (page) => {
  const first = safetensors({ 'layer.0.weight': { dtype: 'F32', shape: [2, 2], data: floats(1, 2, 3, 4) }, 'layer.1.weight': { dtype: 'F32', shape: [2], data: floats(1, 1) } });
  const second = safetensors({ 'layer.0.weight': { dtype: 'F32', shape: [2, 2], data: floats(1, 2, 3, 5) }, 'layer.1.weight': { dtype: 'F32', shape: [2], data: floats(1, 1) }, 'head.bias': { dtype: 'F32', shape: [1], data: floats(7) } });
  await holt.create('model', 'alice/tensors');
  const upload = async (bytes, title) => {
    const { uploadFiles } = await import('@huggingface/hub');
    await uploadFiles({ repo: 'alice/tensors', hubUrl: holt.endpoint, accessToken: holt.token, files: [{ path: 'model.safetensors', content: new Blob([bytes]) }], commitTitle: title });
  };
  await upload(first, 'One');
  await holt.api('POST', '/api/models/alice/tensors/tag/main', { tag: 'v1' });
  await upload(second, 'Two');
  await page.goto('/alice/tensors/blob/main/model.safetensors');
  await page.getByText('3 tensors, 7 parameters').waitFor();
  await page.getByRole('cell', { name: 'layer.0.weight' }).waitFor();
  await assertAccessible(page);
  await page.getByRole('button', { name: 'Compare with another version' }).click();
  await page.getByLabel('Branch', { exact: true }).fill('v1');
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  await page.getByText('1 changed').waitFor();
  await page.getByText('1 added').waitFor();
  await page.getByText('1 the same').waitFor();
  await page.getByRole('cell', { name: '10.0 %' }).waitFor();
});

as('two revisions are compared, texts by line and weights by tensor', 'alice', async (page) => {
  const { uploadFiles } = await import('@huggingface/hub');
  const upload = (bytes) => uploadFiles({ repo: 'alice/compared', hubUrl: holt.endpoint, accessToken: holt.token, files: [{ path: 'model.safetensors', content: new Blob([bytes]) }] });
  await holt.create('model', 'alice/compared', { 'a.txt': 'one\ntwo\n' });
  await upload(safetensors({ w: { dtype: 'F32', shape: [2], data: floats(1, 2) } }));
  await holt.api('POST', '/api/models/alice/compared/branch/work%2Fnew', {});
  await holt.api('POST', '/api/models/alice/compared/tag/main', { tag: 'v1' });
  await upload(safetensors({ w: { dtype: 'F32', shape: [2], data: floats(1, 3) } }));
  await holt.commit('model', 'alice/compared', { 'a.txt': 'one\n2\n', 'b.txt': 'new\n' });
  await page.goto('/alice/compared/compare/v1..main');
  await page.getByText('3 files changed').waitFor();
  await page.getByRole('cell', { name: 'two', exact: true }).waitFor();
  await page.getByRole('button', { name: 'Compare the tensors' }).click();
  await page.getByText('1 changed').waitFor();
  await assertAccessible(page);
  await page.getByRole('button', { name: 'Swap the two' }).click();
  await page.waitForURL('**/compare/main..v1');
  await page.getByText('removed', { exact: true }).waitFor();
  await page.getByLabel('Before').fill('work/new');
  await page.getByLabel('After').fill('v1');
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  await page.getByText('There is no difference.').waitFor();
  await page.goto('/alice/compared/commit/main');
  await page.getByRole('link', { name: 'Compare with main' }).click();
  await page.waitForURL(/compare\/main\.\.[0-9a-f]{40}$/);
  await page.goto('/alice/compared/compare/v1..nothing');
  await page.getByRole('heading', { level: 1 }).first().waitFor();
});

as('a pull request is looked at and merged; one that conflicts says so', 'alice', async (page) => {
  await holt.create('model', 'alice/proposed', { 'a.txt': 'one\n', 'b.txt': 'one\n' });
  const propose = async (files, summary) => {
    const lines = [{ key: 'header', value: { summary, description: '' } }, ...Object.entries(files).map(([path, content]) => ({ key: 'file', value: { path, content: Buffer.from(content).toString('base64'), encoding: 'base64' } }))];
    const made = await holt.api('POST', '/api/models/alice/proposed/commit/main?create_pr=1', lines.map((line) => JSON.stringify(line)).join('\n') + '\n', { 'Content-Type': 'application/x-ndjson' });
    return made.pullRequestUrl.match(/\d+$/)[0];
  };
  const good = await propose({ 'a.txt': 'two\n' }, 'Better a');
  const bad = await propose({ 'b.txt': 'theirs\n' }, 'Another b');
  await holt.commit('model', 'alice/proposed', { 'b.txt': 'ours\n' }, 'Our b');
  await page.goto(`/alice/proposed/discussions/${good}`);
  await page.getByRole('cell', { name: 'two', exact: true }).waitFor();
  await page.getByRole('link', { name: 'Compare with the branch' }).click();
  await page.waitForURL(/compare\/main\.\.refs\/pr\/\d+$/);
  await page.getByRole('cell', { name: 'two', exact: true }).waitFor();
  await page.goBack();
  await assertAccessible(page);
  await page.getByRole('button', { name: 'Merge' }).click();
  await page.getByText('merged', { exact: true }).first().waitFor();
  assert.equal(await (await fetch(`${holt.endpoint}/alice/proposed/raw/main/a.txt`)).text(), 'two\n');
  await page.goto(`/alice/proposed/discussions/${bad}`);
  const warning = page.getByRole('status').filter({ hasText: 'cannot be merged' });
  await warning.getByText('b.txt').waitFor();
  assert.ok(await page.getByRole('button', { name: 'Merge' }).isDisabled());
  await assertAccessible(page);
  // Somebody whose page is older is refused in words.
  assert.equal(await page.evaluate(async (num) => (await fetch(`/api/models/alice/proposed/discussions/${num}/merge`, { method: 'POST', body: '{}' })).status, bad), 409);
  assert.equal(await (await fetch(`${holt.endpoint}/alice/proposed/raw/main/b.txt`)).text(), 'ours\n');
});
