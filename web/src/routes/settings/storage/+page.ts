import { list_own_storage } from '#lib/api/operations.ts';
import { session } from '#lib/state/session.ts';

export const load = async ({ fetch }) => ({ repos: session.user ? (await list_own_storage<{ id: string; type: string; updatedAt: string; visibility: string; storage: number; storagePercent: number }[]>({}, { fetch })).data : [] });
