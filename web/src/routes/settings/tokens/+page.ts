import { list_tokens } from '#lib/api/operations.ts';
import type { Token } from '#lib/api/types.ts';
import { session } from '#lib/state/session.ts';

export const load = async ({ fetch }) => ({ tokens: session.user ? (await list_tokens<Token[]>({}, { fetch })).data : [] });
