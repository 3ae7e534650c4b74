// A repository as its pages know it: where it is, what it is called, what it says.
import { repo_info } from '#lib/api/operations.ts';
import { orErrorPage } from '#lib/api/load.ts';
import type { Kind, RepoInfo } from '#lib/api/types.ts';
import { pathOf } from '#lib/api/request.ts';
import { takeInfo } from '#lib/state/served.ts';

export interface RepoPlace {
  kind: Kind;
  owner: string;
  name: string;
  id: string;
  base: string; // "/datasets/acme/rows"
  api: { type: string; owner: string; name: string };
}

export function placeOf(params: { kind?: string; owner: string; name: string }): RepoPlace {
  const kind = (params.kind ?? 'models') as Kind;
  const id = `${params.owner}/${params.name}`;
  return { kind, owner: params.owner, name: params.name, id, base: `${kind === 'models' ? '' : `/${kind}`}/${id}`, api: { type: kind, owner: params.owner, name: params.name } };
}

export const resolveUrl = (place: RepoPlace, rev: string, path: string) => `${place.base}/resolve/${encodeURIComponent(rev)}/${pathOf(path)}`;
export const rawUrl = (place: RepoPlace, rev: string, path: string) => `${place.base}/raw/${encodeURIComponent(rev)}/${pathOf(path)}`;
export const blobUrl = (place: RepoPlace, rev: string, path: string) => `${place.base}/blob/${encodeURIComponent(rev)}/${pathOf(path)}`;
export const treeUrl = (place: RepoPlace, rev: string, path = '') => `${place.base}/tree/${encodeURIComponent(rev)}${path ? `/${pathOf(path)}` : ''}`;

const common = ['author', 'cardData', 'createdAt', 'lastModified', 'disabled', 'likes', 'private', 'sha', 'tags', 'usedStorage', 'downloads', 'downloadsAllTime', 'gated'];
const expand: Record<Kind, string[]> = {
  models: [...common, 'config', 'gguf', 'library_name', 'model-index', 'pipeline_tag', 'safetensors'],
  datasets: [...common, 'description'],
  spaces: common.filter((one) => !['downloads', 'downloadsAllTime', 'gated'].includes(one)).concat('sdk'),
  kernels: ['author', 'cardData', 'createdAt', 'lastModified', 'private', 'sha', 'tags']
};

export async function fetchRepo(place: RepoPlace, fetcher?: typeof fetch): Promise<RepoInfo> {
  const served = takeInfo(place.base);
  if (served) return served;
  // The list of files may be long: pages that need it ask for the tree.
  return (await orErrorPage(repo_info<RepoInfo>(place.api, { query: { 'expand[]': expand[place.kind] }, fetch: fetcher }))).data;
}
