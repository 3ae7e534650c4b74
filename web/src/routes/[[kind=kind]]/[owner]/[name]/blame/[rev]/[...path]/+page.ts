import { blame_file, list_refs } from '#lib/api/operations.ts';
import { orErrorPage } from '#lib/api/load.ts';
import type { Commit, Refs } from '#lib/api/types.ts';
import { placeOf } from '#lib/features/repos/repo.ts';

export interface Blame {
  text: string;
  commits: Commit[];
  lines: number[];
  complete: boolean;
}

export async function load({ params, fetch }) {
  const place = placeOf(params as { kind?: string; owner: string; name: string });
  const { rev, path } = params;
  const [blame, refs] = await orErrorPage(Promise.all([blame_file<Blame>({ ...place.api, rev, path }, { fetch }), list_refs<Refs>(place.api, { fetch })]));
  return { rev, path, blame: blame.data, refs: refs.data };
}
