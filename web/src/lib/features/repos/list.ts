// Lists of repositories: the address is the state. Names of its parameters are the API's.
import { list_dataset_facets, list_datasets, list_model_facets, list_models, list_space_facets, list_spaces } from '#lib/api/operations.ts';
import { orErrorPage } from '#lib/api/load.ts';
import type { Facets, RepoSummary } from '#lib/api/types.ts';

export type ListKind = 'models' | 'datasets' | 'spaces';
const lists = { models: list_models, datasets: list_datasets, spaces: list_spaces };
const facets = { models: list_model_facets, datasets: list_dataset_facets, spaces: list_space_facets };
const expand = {
  models: ['pipeline_tag', 'lastModified', 'downloads', 'likes', 'private', 'gated', 'safetensors', 'gguf', 'tags', 'createdAt'],
  datasets: ['lastModified', 'downloads', 'likes', 'private', 'gated', 'tags', 'createdAt', 'description'],
  spaces: ['lastModified', 'likes', 'private', 'tags', 'createdAt', 'sdk']
};

export function queryOf(url: URL): Record<string, string | string[]> {
  const query: Record<string, string | string[]> = {};
  for (const name of ['search', 'author', 'pipeline_tag', 'sort', 'num_parameters', 'sdk', 'gated']) {
    const value = url.searchParams.get(name);
    if (value) query[name] = value;
  }
  const filters = url.searchParams.getAll('filter').flatMap((one) => one.split(',')).filter(Boolean);
  for (const [name, prefix] of [['license', 'license:'], ['language', ''], ['library', ''], ['other', ''], ['datasets', 'dataset:'], ['task_categories', 'task_categories:'], ['size_categories', 'size_categories:']] as const) {
    for (const value of url.searchParams.getAll(name).flatMap((one) => one.split(','))) filters.push(value.startsWith(prefix) ? value : prefix + value);
  }
  if (filters.length) query.filter = filters;
  return query;
}

export interface ListPage {
  repos: RepoSummary[];
  next: string | null;
}

export async function fetchPage(kind: ListKind, query: Record<string, string | string[]>, cursor?: string, fetcher?: typeof fetch): Promise<ListPage> {
  const reply = await lists[kind]<RepoSummary[]>({}, { query: { ...query, limit: 30, 'expand[]': expand[kind], cursor }, fetch: fetcher });
  return { repos: reply.data, next: reply.next };
}

export async function fetchFacets(kind: ListKind, query: Record<string, string | string[]>, signal?: AbortSignal): Promise<Facets> {
  const { sort: _, ...conditions } = query;
  return (await facets[kind]<Facets>({}, { query: conditions, signal })).data;
}

export const load = (kind: ListKind) => async ({ url, fetch }: { url: URL; fetch: typeof globalThis.fetch }) => ({
  list: await orErrorPage(fetchPage(kind, queryOf(url), undefined, fetch))
});
