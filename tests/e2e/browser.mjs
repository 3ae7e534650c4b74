// Chromium, and what every page is held to: no script errors, no requests elsewhere, no serious
// finding of axe.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import axe from 'axe-core';
import { Holt } from './holt.mjs';

const program = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync);

export async function launch() {
  return chromium.launch({ executablePath: program, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

export async function open(browser, holt, { width = 1280, height = 900, dark = false, user } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: dark ? 'dark' : 'light', baseURL: holt.endpoint });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  page.problems = [];
  page.on('pageerror', (error) => page.problems.push(`error: ${error.message}`));
  page.on('console', (message) => {
    // A refusal that the page shows in words is not a fault of the page.
    if (message.type() === 'error' && !/the server responded with a status of 4\d\d/.test(message.text())) page.problems.push(`console: ${message.text()}`);
  });
  // What the browser itself brings (its PDF viewer) goes nowhere.
  page.on('request', (request) => {
    if (!request.url().startsWith(holt.endpoint) && !/^(data|blob|about|chrome|chrome-extension):/.test(request.url())) page.problems.push(`asks elsewhere: ${request.url()}`);
  });
  page.on('dialog', (dialog) => {
    page.problems.push(`a script opened a dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  if (user) await signIn(page, user);
  return page;
}

export async function signIn(page, user) {
  await page.goto('/login');
  await page.getByLabel('Name or e-mail').fill(user);
  await page.getByLabel('Password').fill(Holt.password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.waitForURL((url) => url.pathname !== '/login');
}

export function assertClean(page) {
  assert.deepEqual(page.problems, []);
}

/** No finding of impact serious or critical. */
export async function assertAccessible(page) {
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const result = await globalThis.axe.run(document, { resultTypes: ['violations'] });
    return result.violations.filter((one) => ['serious', 'critical'].includes(one.impact)).map((one) => `${one.id}: ${one.nodes.map((node) => `${node.target.join(' ')} (${node.failureSummary?.split('\n')[1]?.trim()})`).slice(0, 4).join(' | ')}`);
  });
  assert.deepEqual(found, [], `axe on ${page.url()}`);
}
