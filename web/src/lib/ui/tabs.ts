// A row of tabs wider than the window: the one that is shown is scrolled into sight.
import { page } from '$app/state';

export function showCurrent(nav: HTMLElement) {
  void page.url.href; // again on each page
  const current = nav.querySelector('[aria-current]');
  if (!current || nav.scrollWidth <= nav.clientWidth) return;
  const [tab, row] = [current.getBoundingClientRect(), nav.getBoundingClientRect()];
  nav.scrollLeft += tab.left - row.left - (row.width - tab.width) / 2;
}
