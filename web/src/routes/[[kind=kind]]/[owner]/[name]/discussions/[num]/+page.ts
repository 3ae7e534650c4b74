import { get_discussion } from '#lib/api/operations.ts';
import { orErrorPage } from '#lib/api/load.ts';
import { placeOf } from '#lib/features/repos/repo.ts';

export interface Event {
  id: string;
  type: string;
  createdAt: string;
  author?: { name: string };
  data: { latest?: { raw: string; html?: string }; hidden?: boolean; status?: string; from?: string; to?: string; subject?: string; oid?: string };
}
export interface Discussion {
  num: number;
  title: string;
  status: string;
  isPullRequest: boolean;
  createdAt: string;
  author?: { name: string };
  events: Event[];
  diff?: string;
  changes?: { base?: string; mergeCommitId?: string };
  filesWithConflicts?: string[] | boolean;
}

export async function load({ params, fetch }) {
  const place = placeOf(params as { kind?: string; owner: string; name: string });
  return { discussion: (await orErrorPage(get_discussion<Discussion>({ ...place.api, num: params.num }, { query: { diff: 1 }, fetch }))).data };
}
