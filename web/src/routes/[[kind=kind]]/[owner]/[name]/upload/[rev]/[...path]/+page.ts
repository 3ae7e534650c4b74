export const load = ({ params }) => ({ rev: params.rev, folder: params.path });
