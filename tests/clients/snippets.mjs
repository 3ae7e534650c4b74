// Prints the snippets that the page of a repository offers, as JSON: made by the page's own function.
//   node snippets.mjs ENDPOINT KIND OWNER/NAME
import { snippetsOf } from '../../web/src/lib/features/use/snippets.ts';

const [endpoint, kind, id] = process.argv.slice(2);
const [owner, name] = id.split('/');
const get = async (path) => {
  const reply = await fetch(endpoint + path, { headers: { Authorization: `Bearer ${process.env.HF_TOKEN}` } });
  if (!reply.ok) throw new Error(`${path}: ${reply.status} ${await reply.text()}`);
  return reply.json();
};
const repo = await get(`/api/${kind}/${id}`);
const files = (await get(`/api/${kind}/${id}/tree/main?recursive=true`)).filter((entry) => entry.type === 'file').map((entry) => entry.path);
const place = { kind, owner, name, id, base: `${kind === 'models' ? '' : `/${kind}`}/${id}` };
const found = snippetsOf(place, repo, endpoint, files);
console.log(JSON.stringify(Object.fromEntries(found.map((one) => [one.id, one.code]))));
