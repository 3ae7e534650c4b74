// A commit of small changes, as the API takes it: a header line, then one line for each change.
import { create_commit } from '#lib/api/operations.ts';
import type { RepoPlace } from '#lib/features/repos/repo.ts';

export type Change =
  | { key: 'file'; value: { path: string; content: string; encoding: 'utf-8' | 'base64' } }
  | { key: 'deletedFile'; value: { path: string } }
  | { key: 'copyFile'; value: { path: string; srcPath: string; srcRevision?: string } };

export async function commitChanges(place: RepoPlace, rev: string, header: { summary: string; description?: string; parentCommit?: string }, changes: Change[]): Promise<{ commitOid: string }> {
  const lines = [{ key: 'header', value: { description: '', ...header } }, ...changes].map((line) => JSON.stringify(line));
  const reply = await create_commit<{ commitOid: string }>({ ...place.api, rev }, { body: lines.join('\n') + '\n', headers: { 'Content-Type': 'application/x-ndjson' } });
  return reply.data;
}
