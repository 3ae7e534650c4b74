import { list_commits, list_file_commits, list_refs } from '#lib/api/operations.ts';
import { orErrorPage } from '#lib/api/load.ts';
import type { Commit, Refs } from '#lib/api/types.ts';
import { placeOf } from '#lib/features/repos/repo.ts';

export async function load({ params, fetch }) {
  const place = placeOf(params as { kind?: string; owner: string; name: string });
  const { rev, path } = params;
  const query = { limit: 50 };
  const [commits, refs] = await orErrorPage(Promise.all([
    path ? list_file_commits<Commit[]>({ ...place.api, rev, path }, { query, fetch }) : list_commits<Commit[]>({ ...place.api, rev }, { query, fetch }),
    list_refs<Refs>(place.api, { fetch })
  ]));
  return { rev, path, commits: commits.data, next: commits.next, total: commits.total, refs: refs.data };
}
