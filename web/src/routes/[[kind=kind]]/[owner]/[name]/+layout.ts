import { fetchRepo, placeOf } from '#lib/features/repos/repo.ts';

export async function load({ params, fetch }) {
  const place = placeOf(params as { kind?: string; owner: string; name: string });
  return { place, repo: await fetchRepo(place, fetch) };
}
