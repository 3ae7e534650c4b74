import adapter from '@sveltejs/adapter-static';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vite';

// `npm run dev` shows the pages from their sources and asks a Holt that runs here.
const holt = process.env.HOLT_ENDPOINT ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [sveltekit({ adapter: adapter({ fallback: '200.html', strict: false }), version: { pollInterval: 0 } })],
  build: { target: 'es2022', assetsInlineLimit: 0 },
  // What most pages use comes as one file: each script that is asked for by itself costs the browser more
  // time than its few hundred bytes. Nothing of it may import $app: SvelteKit's own modules would come along,
  // and some of them read what the page says of itself, which must be after its start.
  environments: { client: { build: { rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'svelte', test: /node_modules\/(svelte|esm-env)\// }, { name: 'shared', test: /\/src\/lib\/(strings|format|api|state)\/|\/src\/lib\/ui\/(Avatar|CopyButton|Icon|Menu|Tag|Time)\.svelte/, minShareCount: 8 }] } } } } } },
  server: { proxy: Object.fromEntries(['/api', '/v1', '/v2', '/lfs-data'].map((path) => [path, holt])) }
});
