import { error } from '@sveltejs/kit';
import { list_refs, paths_info } from '#lib/api/operations.ts';
import { orErrorPage } from '#lib/api/load.ts';
import type { Refs, TreeEntry } from '#lib/api/types.ts';
import { placeOf, resolveUrl } from '#lib/features/repos/repo.ts';
import { t } from '#lib/strings/index.ts';

export async function load({ params, fetch }) {
  const place = placeOf(params as { kind?: string; owner: string; name: string });
  const { rev, path } = params;
  const refs = (await orErrorPage(list_refs<Refs>(place.api, { fetch }))).data;
  const head = refs.branches.find((one) => one.name === rev)?.targetCommit;
  if (!head) error(404, t.error.notFound);
  const entry = (await orErrorPage(paths_info<TreeEntry[]>({ ...place.api, rev: head }, { body: { paths: [path] }, fetch }))).data[0];
  if (!entry) error(404, t.error.notFound);
  if (entry.lfs || entry.size > 2_000_000) return { rev, path, head, text: null };
  return { rev, path, head, text: await (await fetch(resolveUrl(place, head, path))).text() };
}
