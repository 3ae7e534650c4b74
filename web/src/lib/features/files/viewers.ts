// Which viewer shows a file, by its name. Each is fetched when it is first needed.
import type { Component } from 'svelte';
import type { RepoPlace } from '#lib/features/repos/repo.ts';

export interface ViewerProps {
  url: string;
  path: string;
  size: number;
  place: RepoPlace;
  rev: string;
}
export type Viewer = { kind: string; load: () => Promise<Component<ViewerProps>> };

const of = (kind: string, load: () => Promise<{ default: Component<ViewerProps> }>): Viewer => ({ kind, load: async () => (await load()).default });
const media = (kind: string) => of(kind, () => import('#lib/features/inspect/Media.svelte'));

export function viewerOf(path: string, size: number): Viewer | null {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  const extension = name.slice(name.lastIndexOf('.') + 1);
  switch (extension) {
    case 'png': case 'jpg': case 'jpeg': case 'gif': case 'webp': case 'avif': case 'bmp': case 'svg':
      return size < 60_000_000 ? media('image') : null;
    case 'mp3': case 'wav': case 'flac': case 'ogg': case 'm4a':
      return media('audio');
    case 'mp4': case 'webm': case 'mov':
      return media('video');
    case 'pdf':
      return size < 100_000_000 ? media('pdf') : null;
    case 'safetensors':
      return of('safetensors', () => import('#lib/features/inspect/Safetensors.svelte'));
    case 'gguf':
      return of('gguf', () => import('#lib/features/inspect/Gguf.svelte'));
    case 'bin': case 'pt': case 'pth': case 'ckpt': case 'pkl': case 'pickle':
      return of('pickle', () => import('#lib/features/inspect/Pickle.svelte'));
    case 'csv': case 'tsv': case 'jsonl': case 'parquet':
      return of('table', () => import('#lib/features/inspect/Table.svelte'));
    case 'ipynb':
      return size < 30_000_000 ? of('notebook', () => import('#lib/features/inspect/Notebook.svelte')) : null;
    case 'json':
      return size < 5_000_000 && name !== 'package-lock.json' ? of('json', () => import('#lib/features/inspect/Json.svelte')) : null;
  }
  return null;
}
