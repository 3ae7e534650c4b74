import { list_large_files, list_tree } from '#lib/api/operations.ts';
import type { TreeEntry } from '#lib/api/types.ts';
import { placeOf } from '#lib/features/repos/repo.ts';
import { mayAdminister } from '#lib/state/session.ts';

export interface LargeFile {
  fileOid: string;
  filename: string;
  oid: string;
  pushedAt: string;
  size: number;
}

export async function load({ params, fetch }) {
  const place = placeOf(params as { kind?: string; owner: string; name: string });
  if (!mayAdminister(place.owner)) return { large: [] as LargeFile[], here: new Set<string>() };
  const [large, tree] = await Promise.all([
    list_large_files<LargeFile[]>(place.api, { query: { limit: 200 }, fetch }).catch(() => ({ data: [] as LargeFile[] })),
    list_tree<TreeEntry[]>({ ...place.api, rev: 'main' }, { query: { recursive: true }, fetch }).catch(() => ({ data: [] as TreeEntry[] }))
  ]);
  return { large: large.data, here: new Set(tree.data.flatMap((one) => (one.lfs ? [one.lfs.oid] : []))) };
}
