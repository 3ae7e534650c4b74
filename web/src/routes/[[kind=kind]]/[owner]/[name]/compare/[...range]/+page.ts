import { get_comparison, list_refs } from '#lib/api/operations.ts';
import { orErrorPage } from '#lib/api/load.ts';
import type { Commit, CommitPage, Refs } from '#lib/api/types.ts';
import { placeOf } from '#lib/features/repos/repo.ts';

export type Comparison = Pick<CommitPage, 'files' | 'totalFiles' | 'diff' | 'cut'> & { from: Commit; to: Commit };

export async function load({ params, fetch }) {
  const place = placeOf(params as { kind?: string; owner: string; name: string });
  // No name of git's holds two dots.
  const [, from, to] = /^(.*?)\.\.\.?(.*)$/.exec(params.range) ?? [null, 'main', params.range];
  const [refs, comparison] = await orErrorPage(Promise.all([
    list_refs<Refs>(place.api, { fetch }),
    from && to ? get_comparison<Comparison>({ ...place.api, range: `${from}..${to}` }, { fetch }) : null
  ]));
  return { from, to, refs: refs.data, comparison: comparison?.data ?? null };
}
