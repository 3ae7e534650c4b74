import { defineParams } from '@sveltejs/kit/params';

export const params = defineParams({
  kind: (text) => (['datasets', 'spaces', 'kernels'].includes(text) ? text : undefined)
});
