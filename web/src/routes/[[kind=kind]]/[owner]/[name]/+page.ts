import { render_file } from '#lib/api/operations.ts';
import { ApiError } from '#lib/api/request.ts';
import type { Rendered } from '#lib/api/types.ts';
import { takeCard } from '#lib/state/served.ts';
import { placeOf } from '#lib/features/repos/repo.ts';

export async function load({ params, fetch }) {
  const place = placeOf(params as { kind?: string; owner: string; name: string });
  const served = takeCard(place.base);
  if (served !== undefined) return { card: served, refused: '' };
  let card: Rendered | null = null;
  let refused = '';
  try {
    card = (await render_file<Rendered>({ ...place.api, rev: 'main', path: 'README.md' }, { fetch })).data;
  } catch (problem) {
    if (!(problem instanceof ApiError)) throw problem;
    if (problem.code === 'GatedRepo') refused = problem.message;
  }
  return { card, refused };
}
