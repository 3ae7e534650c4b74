import { error } from '@sveltejs/kit';
import { list_refs, paths_info } from '#lib/api/operations.ts';
import { orErrorPage } from '#lib/api/load.ts';
import type { Refs, TreeEntry } from '#lib/api/types.ts';
import { placeOf } from '#lib/features/repos/repo.ts';
import { t } from '#lib/strings/index.ts';

export async function load({ params, fetch }) {
  const place = placeOf(params as { kind?: string; owner: string; name: string });
  const { rev, path } = params;
  const [info, refs] = await orErrorPage(Promise.all([
    paths_info<TreeEntry[]>({ ...place.api, rev }, { body: { paths: [path], expand: true }, fetch }),
    list_refs<Refs>(place.api, { fetch })
  ]));
  const entry = info.data[0];
  if (!entry) error(404, t.error.notFound);
  return { rev, path, entry, refs: refs.data };
}
