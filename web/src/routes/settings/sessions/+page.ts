import { list_sessions } from '#lib/api/operations.ts';
import { session } from '#lib/state/session.ts';

export const load = async ({ fetch }) => ({ sessions: session.user ? (await list_sessions<{ id: string; createdAt: string; expiresAt: string; lastUsedAt: string; address: string; current: boolean }[]>({}, { fetch })).data : [] });
