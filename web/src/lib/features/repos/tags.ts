// The tags of a repository in the order people look for them, with their kinds.
import type { Kind, RepoInfo } from '#lib/api/types.ts';

export interface ShownTag {
  kind: string;
  tag: string;
  href?: string;
}

const prefixes: Record<string, string> = { license: 'license', dataset: 'dataset', base_model: 'base_model', task_categories: 'task_categories', size_categories: 'size_categories', language: 'language', modality: 'modality', format: 'format', library: 'library', region: 'region', arxiv: 'arxiv', doi: 'doi' };
const ranks = ['pipeline_tag', 'task_categories', 'library', 'modality', 'format', 'size_categories', 'language', 'dataset', 'base_model', 'arxiv', 'doi', 'other', 'license'];
const libraries = new Set(['transformers', 'diffusers', 'safetensors', 'gguf', 'onnx', 'pytorch', 'tf', 'jax', 'peft', 'sentence-transformers', 'timm', 'keras', 'mlx', 'tensorboard', 'spacy', 'datasets', 'pandas', 'polars', 'webdataset', 'mlcroissant', 'dask']);

export function groupTags(kind: Kind, repo: RepoInfo): ShownTag[] {
  const out: ShownTag[] = [];
  if (repo.pipeline_tag) out.push({ kind: 'pipeline_tag', tag: repo.pipeline_tag });
  if (kind === 'spaces' && repo.sdk) out.push({ kind: 'library', tag: repo.sdk, href: `/spaces?sdk=${encodeURIComponent(repo.sdk)}` });
  for (const tag of repo.tags) {
    if (tag === repo.pipeline_tag || tag === repo.sdk || tag === 'model-index' || tag.startsWith('region:')) continue;
    // "base_model:finetune:a/b" says the same as "base_model:a/b", with the relation.
    if (/^base_model:(finetune|adapter|quantized|merge):/.test(tag)) continue;
    const colon = tag.indexOf(':');
    const found = colon > 0 ? (prefixes[tag.slice(0, colon)] ?? 'other') : libraries.has(tag) ? 'library' : /^[a-z]{2,3}$/.test(tag) ? 'language' : 'other';
    const target = tag.slice(colon + 1);
    out.push({ kind: found, tag, href: found === 'base_model' ? `/${target}` : found === 'dataset' && target.includes('/') ? `/datasets/${target}` : undefined });
  }
  return out.sort((a, b) => ranks.indexOf(a.kind) - ranks.indexOf(b.kind));
}
