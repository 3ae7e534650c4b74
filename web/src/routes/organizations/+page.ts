import { list_organizations } from '#lib/api/operations.ts';
import { orErrorPage } from '#lib/api/load.ts';

export async function load({ fetch }) {
  return { orgs: (await orErrorPage(list_organizations<{ name: string; fullname: string; numUsers: number }[]>({}, { fetch }))).data };
}
