// What the server put into the page that was opened, so that its first view asks for nothing. Each part
// is taken once: whoever comes back asks anew.
import type { Rendered, RepoInfo } from '#lib/api/types.ts';

interface Served {
  base: string; // of the repository, "/datasets/acme/rows"
  info?: RepoInfo;
  card?: Omit<Rendered, 'html'> | null; // null: there is none
}

const text = document.getElementById('holt-served')?.textContent;
const served: Served | null = text ? (JSON.parse(text) as Served) : null;

export function takeInfo(base: string): RepoInfo | undefined {
  if (served?.base !== base) return undefined;
  const { info } = served;
  delete served.info;
  return info;
}

/** Its HTML stands in the part for those without scripts, as text where scripts run. */
export function takeCard(base: string): Rendered | null | undefined {
  if (served?.base !== base) return undefined;
  const { card } = served;
  delete served.card;
  if (!card) return card;
  const page = document.querySelector('body > noscript')?.textContent ?? '';
  const [from, to] = [page.indexOf('<article>'), page.lastIndexOf('</article>')];
  return from < 0 || to < from ? undefined : { ...card, html: page.slice(from + 9, to) };
}
