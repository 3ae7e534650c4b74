import { error } from '@sveltejs/kit';
import { get_organization_overview, get_user_overview, list_datasets, list_models, list_organization_members, list_spaces, list_user_likes } from '#lib/api/operations.ts';
import { orErrorPage } from '#lib/api/load.ts';
import { ApiError } from '#lib/api/request.ts';
import type { RepoSummary } from '#lib/api/types.ts';
import { t } from '#lib/strings/index.ts';

interface Overview {
  name?: string;
  user?: string;
  fullname: string;
  createdAt: string;
  numUsers?: number;
  orgs?: { name: string; fullname: string }[];
}

export async function load({ params, fetch }) {
  const name = params.owner;
  const none = (problem: unknown) => {
    if (problem instanceof ApiError && problem.status === 404) return null;
    throw problem;
  };
  const org = await orErrorPage(get_organization_overview<Overview>({ org: name }, { fetch }).catch(none));
  const user = org ? null : await orErrorPage(get_user_overview<Overview>({ user: name }, { fetch }).catch(none));
  const found = org ?? user;
  if (!found) error(404, t.profile.notFound);
  const query = { author: name, sort: 'lastModified', limit: 100, 'expand[]': ['lastModified', 'private', 'likes', 'tags', 'createdAt'] };
  const [models, datasets, spaces, members, likes] = await orErrorPage(
    Promise.all([
      list_models<RepoSummary[]>({}, { query: { ...query, 'expand[]': [...query['expand[]'], 'pipeline_tag', 'downloads', 'safetensors', 'gated'] }, fetch }),
      list_datasets<RepoSummary[]>({}, { query: { ...query, 'expand[]': [...query['expand[]'], 'downloads', 'gated'] }, fetch }),
      list_spaces<RepoSummary[]>({}, { query: { ...query, 'expand[]': [...query['expand[]'], 'sdk'] }, fetch }),
      org ? list_organization_members<{ user: string; fullname: string; role?: string }[]>({ org: name }, { fetch }) : null,
      user ? list_user_likes<{ createdAt: string; repo: { name: string; type: string } }[]>({ user: name }, { fetch }) : null
    ])
  );
  return { name, isOrg: org !== null, overview: found.data, models: models.data, datasets: datasets.data, spaces: spaces.data, members: members?.data ?? [], likes: likes?.data ?? [] };
}
