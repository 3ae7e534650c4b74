// The first visit to a hub without users: the code of the console, the first account, the way on.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { assertAccessible, assertClean, launch, open } from './browser.mjs';
import { Holt } from './holt.mjs';

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

const printedCode = (holt) => /^ {4}([A-Z2-9]{4}(?:-[A-Z2-9]{4}){3})$/m.exec(readFileSync(join(holt.folder, 'log'), 'utf8'))?.[1];
const post = (holt, path, body) => fetch(holt.endpoint + path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });

test('a new hub leads to its setup, takes the code, signs in and shows the way on', async () => {
  const holt = await Holt.start({ people: false });
  try {
    const page = await open(browser, holt);
    await page.goto('/');
    await page.waitForURL('**/setup');
    await page.getByRole('heading', { name: 'Set up this hub' }).waitFor();
    await assertAccessible(page);
    await page.goto('/models');
    await page.waitForURL('**/setup');
    // Whoever found the port first does not know the code.
    const fill = async (code) => {
      await page.getByLabel('Setup code').fill(code);
      await page.getByLabel('User name').fill('olga');
      await page.getByLabel('E-mail').fill('olga@example.com');
      await page.getByLabel('Password', { exact: true }).fill(Holt.password);
      await page.getByLabel('Password, again').fill(Holt.password);
      await page.getByLabel('Only people with an account may look').check();
      await page.getByRole('button', { name: 'Set up' }).click();
    };
    await fill('AAAA-BBBB-CCCC-DDDD');
    await page.getByRole('alert').filter({ hasText: 'not the setup code' }).waitFor();
    // The code is not in anything that the server keeps.
    const code = printedCode(holt);
    assert.ok(code, 'no code was printed');
    await fill(code.toLowerCase().replaceAll('-', ' '));
    await page.waitForURL('**/welcome');
    await page.getByRole('heading', { name: 'Upload your first model' }).waitFor();
    await assertAccessible(page);
    await page.getByRole('button', { name: 'Make a token for it' }).click();
    await page.getByText(/export HF_TOKEN=hf_\w{30,}/).waitFor();
    const token = /hf_\w{30,}/.exec(await page.locator('pre').textContent())[0];
    const who = await (await fetch(`${holt.endpoint}/api/whoami-v2`, { headers: { Authorization: `Bearer ${token}` } })).json();
    assert.deepEqual([who.name, who.email, who.isAdmin], ['olga', 'olga@example.com', true]);
    // The hub is private, as chosen; the wizard is over, with the same code and with another name.
    assert.equal((await fetch(`${holt.endpoint}/api/models`)).status, 401);
    assert.equal((await post(holt, '/api/setup', { code, name: 'mallory', password: Holt.password })).status, 403);
    await page.goto('/setup');
    await page.waitForURL((url) => url.pathname === '/');
    // Later it is changed where the other settings are.
    await page.goto('/settings/admin?tab=settings');
    await page.getByLabel('Everyone who reaches this address may look').check();
    await page.getByLabel('People may sign up by themselves').check();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    await assertAccessible(page);
    assert.equal((await fetch(`${holt.endpoint}/api/models`)).status, 200);
    assert.equal((await post(holt, '/api/join', { name: 'paul', password: Holt.password })).status, 200);
    // What was chosen outlives the process.
    await holt.restart();
    assert.equal((await post(holt, '/api/join', { name: 'pia', password: Holt.password })).status, 200);
    assertClean(page);
    await page.context().close();
  } finally {
    await holt.stop();
  }
});

test('an administrator made on the command line ends the setup at once', async () => {
  const holt = await Holt.start({ people: false });
  try {
    const code = printedCode(holt);
    holt.cli('user', 'create', 'root', '--admin', '--password-stdin');
    const reply = await fetch(holt.endpoint, { redirect: 'manual' });
    assert.equal(reply.status, 200);
    assert.equal((await post(holt, '/api/setup', { code, name: 'late', password: Holt.password })).status, 403);
  } finally {
    await holt.stop();
  }
});

test('what the configuration fixes cannot be chosen, and nobody joins before the administrator', async () => {
  const holt = await Holt.start({ people: false, flags: ['--open-to-join', '--hub-private'] });
  try {
    assert.equal((await post(holt, '/api/join', { name: 'early', password: Holt.password })).status, 403);
    const code = printedCode(holt);
    const refused = await post(holt, '/api/setup', { code, name: 'olga', password: Holt.password, hubPrivate: false });
    assert.equal(refused.status, 409);
    assert.match((await refused.json()).error, /hub-private stands in the configuration/);
    const page = await open(browser, holt);
    await page.goto('/setup');
    assert.ok(await page.getByLabel('Only people with an account may look').isDisabled());
    assert.ok(await page.getByLabel('Only people with an account may look').isChecked());
    await page.context().close();
    assert.equal((await post(holt, '/api/setup', { code, name: 'olga', password: Holt.password })).status, 200);
    assert.equal((await post(holt, '/api/join', { name: 'later', password: Holt.password })).status, 200);
  } finally {
    await holt.stop();
  }
});
