import { list_datasets, list_models, list_spaces } from '#lib/api/operations.ts';
import { orErrorPage } from '#lib/api/load.ts';
import type { RepoSummary } from '#lib/api/types.ts';

export async function load({ fetch }) {
  const query = { limit: 8 };
  const [models, datasets, spaces, recent] = await orErrorPage(
    Promise.all([
      list_models<RepoSummary[]>({}, { query, fetch }),
      list_datasets<RepoSummary[]>({}, { query: { limit: 5 }, fetch }),
      list_spaces<RepoSummary[]>({}, { query: { limit: 5 }, fetch }),
      list_models<RepoSummary[]>({}, { query: { sort: 'lastModified', limit: 5 }, fetch })
    ])
  );
  return { models: models.data, datasets: datasets.data, spaces: spaces.data, recent: recent.data };
}
