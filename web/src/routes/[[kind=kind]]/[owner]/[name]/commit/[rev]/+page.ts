import { get_commit } from '#lib/api/operations.ts';
import { orErrorPage } from '#lib/api/load.ts';
import type { CommitPage } from '#lib/api/types.ts';
import { placeOf } from '#lib/features/repos/repo.ts';

export async function load({ params, fetch }) {
  const place = placeOf(params as { kind?: string; owner: string; name: string });
  return { commit: (await orErrorPage(get_commit<CommitPage>({ ...place.api, rev: params.rev }, { fetch }))).data };
}
