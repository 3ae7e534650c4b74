// What strangers may write: nothing of it runs, in cards, names, notebooks, pictures, tables.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertClean, launch, open } from './browser.mjs';
import { Holt } from './holt.mjs';

// Each would call alert(), which the tests take for a failure, or set window.pwned.
const attacks = [
  '<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '<svg onload=alert(1)>', '<svg><script>alert(1)</script></svg>', '<iframe srcdoc="<script>parent.alert(1)</script>"></iframe>', '<iframe src="javascript:alert(1)"></iframe>', '<a href="javascript:alert(1)" class="bait">bait</a>', '<a href="java&#10;script:alert(1)" class="bait">bait</a>', '[bait](javascript:alert(1))', '[bait](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)', '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">', '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>', '<form action="javascript:alert(1)"><button>bait</button></form>', '<object data="javascript:alert(1)"></object>', '<embed src="javascript:alert(1)">', '<details open ontoggle=alert(1)>x</details>', '<video><source onerror=alert(1)></video>', '<style>@import "javascript:alert(1)"; body{display:none}</style>', '<link rel=stylesheet href="data:text/css,body{display:none}">', '<meta http-equiv="refresh" content="0;url=javascript:alert(1)">', '<base href="http://evil.example/">', '<input autofocus onfocus=alert(1)>', '<div style="position:fixed;inset:0;background:red">covers</div>', '`<img src=x onerror=alert(1)>`', '![x](x"onerror="alert(1))', '<p id="app" onclick=alert(1)>clobbers</p>', '<a name="getElementById">clobbers</a>', '$\\href{javascript:alert(1)}{bait}$', '$\\htmlData{onclick=alert(1)}{x}$', '<template><img src=x onerror=alert(1)></template>', '<x contenteditable onblur=alert(1)>x</x>', '<b><script>x</b>alert(1)</script>', '<<img src=x onerror=alert(1)>', '<img src="x` `<script>alert(1)</script>"` `>', '<a href="//evil.example" target="_top" onmouseover="alert(1)">x</a>'
];
const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40" onload="alert(1)"><script>alert(1)</script><foreignObject><iframe srcdoc="&lt;script&gt;alert(1)&lt;/script&gt;"/></foreignObject><circle r="20" cx="20" cy="20"/></svg>';
const notebook = JSON.stringify({ cells: [
  { cell_type: 'markdown', source: attacks.join('\n\n') },
  { cell_type: 'code', source: '<img src=x onerror=alert(1)>', execution_count: 1, outputs: [
    { output_type: 'display_data', data: { 'text/html': '<script>alert(1)</script>' } },
    { output_type: 'display_data', data: { 'image/svg+xml': svg } },
    { output_type: 'display_data', data: { 'image/png': '" onerror="alert(1)' } },
    { output_type: 'display_data', data: { 'application/javascript': 'alert(1)' } },
    { output_type: 'stream', text: '<img src=x onerror=alert(1)>' }, { output_type: 'error', traceback: ['<img src=x onerror=alert(1)>'] }] }
], metadata: { language_info: { name: '"><script>alert(1)</script>' } } });
const names = ['<img src=x onerror=alert(1)>.txt', '"onmouseover="alert(1).txt', 'a\' onclick=alert(1) \'.txt', '&lt;script&gt;.txt', '{@html alert(1)}.txt'];

let holt, browser;
before(async () => {
  holt = await Holt.start();
  const card = `---\nlicense: mit\ntags:\n- "<img src=x onerror=alert(1)>"\n- "javascript:alert(1)"\nbase_model: "../../<script>alert(1)</script>"\n---\n# Hostile\n\n${attacks.join('\n\n')}\n\nThe end.\n`;
  await holt.create('model', 'acme/hostile', {
    'README.md': card, 'picture.svg': svg, 'book.ipynb': notebook, 'page.html': '<script>alert(1)</script>', 'rows.csv': `a,b\n"<img src=x onerror=alert(1)>",=cmd()\n`, 'data.json': JSON.stringify({ '<img src=x onerror=alert(1)>': '<script>alert(1)</script>' }), 'code.py': '# <img src=x onerror=alert(1)>\n</code><script>alert(1)</script>\n',
    ...Object.fromEntries(names.map((name) => [name, '<img src=x onerror=alert(1)>']))
  });
  await holt.commit('model', 'acme/hostile', { 'x.txt': '<script>alert(1)</script>' }, '<img src=x onerror=alert(1)>', '<script>alert(1)</script>');
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await holt?.stop();
});

const addresses = ['/acme/hostile', '/acme/hostile/tree/main', '/acme/hostile/blob/main/README.md', '/acme/hostile/blob/main/picture.svg', '/acme/hostile/blob/main/book.ipynb', '/acme/hostile/blob/main/page.html', '/acme/hostile/blob/main/rows.csv', '/acme/hostile/blob/main/data.json', '/acme/hostile/blob/main/code.py', '/acme/hostile/commits/main', '/acme/hostile/commit/main', '/models?search=%3Cimg%20src=x%20onerror=alert(1)%3E', '/models?filter=%3Cscript%3Ealert(1)%3C/script%3E', ...names.map((name) => `/acme/hostile/blob/main/${encodeURIComponent(name)}`)];

test('nothing that strangers wrote runs', async () => {
  const page = await open(browser, holt);
  for (const address of addresses) {
    await page.goto(address);
    await page.locator('h1').first().waitFor();
    await page.waitForLoadState('networkidle');
    const inside = await page.evaluate(() => ({
      pwned: 'pwned' in window,
      handlers: [...document.querySelectorAll('#app *')].flatMap((one) => [...one.attributes]).filter((one) => /^on/i.test(one.name)).length,
      runs: [...document.querySelectorAll('#app script, #app iframe, #app object, #app embed, #app base, #app form[action], #app style')].map((one) => one.outerHTML.slice(0, 200)).filter((html) => !(html.startsWith('<script>') && html.includes('__sveltekit'))),
      links: [...document.querySelectorAll('#app a[href]')].filter((one) => !['http:', 'https:', 'mailto:'].includes(one.protocol)).map((one) => one.href)
    }));
    assert.deepEqual(inside, { pwned: false, handlers: 0, runs: [], links: [] }, address);
    for (const bait of await page.getByText('bait', { exact: true }).all()) await bait.click({ timeout: 2000, noWaitAfter: true }).catch(() => {});
    if (page.url() !== new URL(address, holt.endpoint).href) await page.goto(address);
  }
  // A picture of the card that is not there is asked for in vain, and that is all.
  page.problems = page.problems.filter((one) => !/Failed to load resource/.test(one));
  assertClean(page);
  await page.context().close();
});

test('what is downloaded is not run either', async () => {
  for (const name of ['picture.svg', 'page.html']) {
    const reply = await fetch(`${holt.endpoint}/acme/hostile/resolve/main/${name}`);
    assert.equal(reply.headers.get('content-type'), 'application/octet-stream');
    assert.equal(reply.headers.get('x-content-type-options'), 'nosniff');
    assert.match(reply.headers.get('content-security-policy'), /sandbox/);
  }
});

test('the page for those without scripts holds no script of strangers', async () => {
  const html = await (await fetch(`${holt.endpoint}/acme/hostile`)).text();
  const quiet = /<noscript>(.*)<\/noscript>/s.exec(html)[1];
  assert.doesNotMatch(quiet, /<(script|iframe|svg|object|style|form|noscript|base|meta)/i);
  assert.doesNotMatch(quiet.replace(/"[^"]*"/g, '""'), /<[a-z][^>]*\son\w+=/i);
});

test('a folder of 10,000 files and a card of 1 MB stay fluid', async () => {
  const files = {};
  for (let i = 0; i < 10_000; i++) files[`many/file-${String(i).padStart(5, '0')}.txt`] = `${i}`;
  const long = Array.from({ length: 9000 }, (_, i) => `## Part ${i}\n\nText with **bold** words, \`code\` and a [link](part-${i}.md) in part ${i}.\n`).join('\n');
  await holt.create('model', 'acme/large', { 'README.md': long });
  await holt.commit('model', 'acme/large', files);
  const page = await open(browser, holt);
  page.setDefaultTimeout(40_000);
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  await page.goto('/acme/large');
  await page.locator('#card-part-1').waitFor();
  // What the browser itself worked for the card, whatever else the machine does.
  const { metrics } = await session.send('Performance.getMetrics');
  const card = ['ScriptDuration', 'LayoutDuration', 'RecalcStyleDuration'].reduce((sum, name) => sum + metrics.find((one) => one.name === name).value * 1000, 0);
  // One page of the list is refused: it is asked for again.
  let asked = 0;
  await page.route(/\/tree\/main\/many\?.*cursor=/, (route) => (asked++ === 0 ? route.fulfill({ status: 429, contentType: 'application/json', body: '{"error":"Too many requests."}' }) : route.continue()));
  let began = performance.now();
  await page.goto('/acme/large/tree/main/many');
  await page.locator('td.first', { hasText: 'file-00000.txt' }).waitFor();
  const folder = performance.now() - began;
  const later = page.locator('td.first', { hasText: 'file-00450.txt' });
  for (let i = 0; i < 300 && (await later.count()) === 0; i++) {
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await page.waitForTimeout(100);
  }
  await later.waitFor();
  assert.ok(asked > 1);
  began = performance.now();
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  const frame = performance.now() - began;
  console.log(`card of ${Math.round(long.length / 1000)} kB: ${Math.round(card)} ms of script, style and layout; first rows of 10,000: ${Math.round(folder)} ms; a frame: ${Math.round(frame)} ms`);
  assert.ok(card < 3000 && folder < 15_000 && frame < 1000);
  assertClean(page);
  await page.context().close();
});
