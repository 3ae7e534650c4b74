import { list_discussions } from '#lib/api/operations.ts';
import { orErrorPage } from '#lib/api/load.ts';
import { placeOf } from '#lib/features/repos/repo.ts';

export interface Listed {
  num: number;
  title: string;
  status: string;
  isPullRequest: boolean;
  createdAt: string;
  numComments: number;
  author?: { name: string };
}

export async function load({ params, fetch, url }) {
  const place = placeOf(params as { kind?: string; owner: string; name: string });
  const status = url.searchParams.get('status') ?? 'open';
  const reply = await orErrorPage(list_discussions<{ discussions: Listed[]; count: number }>(place.api, { query: { status }, fetch }));
  return { status, discussions: reply.data.discussions };
}
