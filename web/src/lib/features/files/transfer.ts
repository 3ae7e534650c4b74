// Sends chosen files through @huggingface/hub: small ones in the commit, large ones in chunks by Xet.
import { commitIter } from '@huggingface/hub';
import type { RepoPlace } from '#lib/features/repos/repo.ts';
import type { Chosen } from './dropped.ts';
import type { Gate } from './gate.ts';

export interface Progress {
  phase: 'hashing' | 'uploading' | 'committing';
  file?: string;
  done?: number; // 0…1 of this file
  kept?: number; // bytes that arrived in an earlier attempt and are not sent again
}

/**
 * A xorb is named by what it holds, and the same files in the same order make the same xorbs. One that
 * this repository has from an attempt that was cut short is asked for, and not sent again.
 */
function sendingWhatIsMissing(gate: Gate, kept: (bytes: number) => void): typeof fetch {
  return async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    if (init?.method === 'POST' && /\/v1\/xorbs\/[^/]+\/[0-9a-f]{64}$/.test(url) && init.body instanceof Uint8Array) {
      const there = await gate.fetch(url, { method: 'HEAD', headers: init.headers, signal: init.signal });
      if (there.ok) {
        kept(init.body.byteLength);
        return new Response('{"was_inserted":false}', { headers: { 'Content-Type': 'application/json' } });
      }
    }
    return gate.fetch(input, init);
  };
}

export async function transfer(place: RepoPlace, rev: string, folder: string, chosen: Chosen[], message: string, gate: Gate, signal: AbortSignal, tell: (progress: Progress) => void): Promise<void> {
  const prefix = folder ? `${folder}/` : '';
  const work = commitIter({
    repo: { type: place.kind.slice(0, -1) as 'model', name: place.id },
    hubUrl: location.origin,
    branch: rev,
    title: message,
    operations: chosen.map(({ path, file }) => ({ operation: 'addOrUpdate' as const, path: prefix + path, content: file })),
    fetch: sendingWhatIsMissing(gate, (bytes) => tell({ phase: 'uploading', kept: bytes })),
    abortSignal: signal,
    useWebWorkers: true,
    useXet: true
  });
  for (;;) {
    const step = await work.next();
    if (step.done) return;
    const event = step.value;
    if (event.event === 'phase') tell({ phase: event.phase === 'committing' ? 'committing' : event.phase === 'uploadingLargeFiles' ? 'uploading' : 'hashing' });
    else if (event.event === 'fileProgress') tell({ phase: event.state === 'hashing' ? 'hashing' : 'uploading', file: event.path.slice(prefix.length), done: event.progress });
  }
}
