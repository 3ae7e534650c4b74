export const load = ({ params, url }) => ({ rev: params.rev, folder: params.path, name: url.searchParams.get('path') ?? '' });
