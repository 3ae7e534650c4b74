import { list_commits, list_refs, list_tree, list_tree_folder, render_file } from '#lib/api/operations.ts';
import { orErrorPage } from '#lib/api/load.ts';
import type { Commit, Refs, Rendered, TreeEntry } from '#lib/api/types.ts';
import { placeOf } from '#lib/features/repos/repo.ts';

export async function load({ params, fetch }) {
  const place = placeOf(params as { kind?: string; owner: string; name: string });
  const { rev, path } = params;
  const query = { expand: true };
  const [tree, commits, refs] = await orErrorPage(
    Promise.all([
      path ? list_tree_folder<TreeEntry[]>({ ...place.api, rev, path }, { query, fetch }) : list_tree<TreeEntry[]>({ ...place.api, rev }, { query, fetch }),
      list_commits<Commit[]>({ ...place.api, rev }, { query: { limit: 1 }, fetch }).catch(() => ({ data: [] as Commit[], total: 0 })),
      list_refs<Refs>(place.api, { fetch })
    ])
  );
  const readme = path && tree.data.find((entry) => /^readme\.md$/i.test(entry.path.slice(path.length + 1)));
  return {
    rev, path, entries: tree.data, next: tree.next, last: commits.data[0] ?? null, total: commits.total ?? 0, refs: refs.data,
    readme: readme ? render_file<Rendered>({ ...place.api, rev, path: readme.path }, { fetch }).then((reply) => reply.data).catch(() => null) : null
  };
}
