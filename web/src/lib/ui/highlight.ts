// Colours code. The highlighter and its languages are fetched when the first code is shown; what it
// returns is escaped text with <span class="hljs-...">.
const byExtension: Record<string, string> = {
  py: 'python', ipynb: 'json', js: 'javascript', mjs: 'javascript', ts: 'typescript', json: 'json', jsonl: 'json', yml: 'yaml', yaml: 'yaml', md: 'markdown', sh: 'bash', bash: 'bash', zsh: 'bash', c: 'cpp', h: 'cpp', cc: 'cpp', cpp: 'cpp', hpp: 'cpp', cu: 'cpp', rs: 'rust', go: 'go', java: 'java', html: 'xml', xml: 'xml', svg: 'xml', css: 'css', toml: 'ini', ini: 'ini', cfg: 'ini', sql: 'sql', dockerfile: 'dockerfile', diff: 'diff', patch: 'diff', lua: 'lua', r: 'r', jl: 'julia'
};
const aliases: Record<string, string> = { py: 'python', shell: 'bash', sh: 'bash', console: 'bash', js: 'javascript', ts: 'typescript', yml: 'yaml', html: 'xml', jinja: 'xml', toml: 'ini', 'c++': 'cpp', rs: 'rust' };

export function languageOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  if (name === 'dockerfile') return 'dockerfile';
  return byExtension[name.slice(name.lastIndexOf('.') + 1)] ?? '';
}

export async function highlight(text: string, language: string): Promise<string> {
  if (text.length > 400_000) return '';
  const { coloured } = await import('./languages.ts');
  return coloured(text, aliases[language] ?? language);
}
