import { load as list } from '#lib/features/repos/list.ts';

export const load = list('models');
