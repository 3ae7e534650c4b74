// Sets formulas in text that is already on the page; KaTeX and its fonts come with this chunk.
import katex from 'katex';
import 'katex/dist/katex.min.css';

const formula = /\$\$([\s\S]+?)\$\$|\\\[([\s\S]+?)\\\]|\\\(([\s\S]+?)\\\)|(?<![\\\w$])\$([^\s$](?:[^$\n]*[^\s$\\])?)\$(?![\w$])/g;

export function setFormulas(root: HTMLElement) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT, (node) =>
    node.parentElement?.closest('code, pre, a, .katex, button') ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
  const texts: Text[] = [];
  while (walker.nextNode()) texts.push(walker.currentNode as Text);
  for (const text of texts) {
    const value = text.data;
    const parts: (string | Node)[] = [];
    let at = 0;
    for (const found of value.matchAll(formula)) {
      const span = document.createElement('span');
      const display = found[1] ?? found[2];
      try {
        katex.render(display ?? found[3] ?? found[4], span, { displayMode: display !== undefined, throwOnError: true, trust: false, maxExpand: 200, maxSize: 30, strict: false });
      } catch {
        continue; // no formula after all: the text stays
      }
      parts.push(value.slice(at, found.index), span);
      at = found.index + found[0].length;
    }
    if (parts.length) text.replaceWith(...parts, value.slice(at));
  }
}
