import { whoami } from '#lib/api/operations.ts';
import type { WhoAmI } from '#lib/api/types.ts';
import { session } from '#lib/state/session.ts';

export const load = async ({ fetch }) => ({ me: session.user ? (await whoami<WhoAmI>({}, { fetch })).data : null });
