// Shapes of replies, as far as pages use them.
export type Kind = 'models' | 'datasets' | 'spaces' | 'kernels';

export interface RepoSummary {
  id: string;
  author?: string;
  lastModified: string;
  createdAt: string;
  private: boolean;
  gated: false | 'auto' | 'manual';
  downloads?: number;
  likes?: number;
  tags: string[];
  pipeline_tag?: string;
  library_name?: string;
  safetensors?: { parameters: Record<string, number>; total: number };
  gguf?: { total: number; architecture?: string; context_length?: number; chat_template?: string };
  sdk?: string;
  description?: string;
  cardData?: Record<string, unknown>;
}

export interface RepoInfo extends RepoSummary {
  sha: string;
  disabled: boolean;
  downloadsAllTime?: number;
  usedStorage?: number;
  siblings?: { rfilename: string }[];
  config?: Record<string, unknown>;
  'model-index'?: ModelIndex[] | null;
}

export interface ModelIndex {
  name?: string;
  results?: {
    task?: { type?: string; name?: string };
    dataset?: { name?: string; type?: string; split?: string };
    metrics?: { type?: string; name?: string; value?: unknown }[];
  }[];
}

export interface TreeEntry {
  type: 'file' | 'directory';
  oid: string;
  size: number;
  path: string;
  lfs?: { oid: string; size: number; pointerSize: number };
  xetHash?: string;
  lastCommit?: { id: string; title: string; date: string };
}

export interface Commit {
  id: string;
  title: string;
  message: string;
  date: string;
  authors: { user: string }[];
  parents: string[];
}

export interface CommitPage extends Commit {
  files: { path: string; change: 'added' | 'modified' | 'removed'; oldSize: number; newSize: number; large: boolean }[];
  totalFiles: number;
  diff: string;
  cut: boolean;
}

export interface Refs {
  branches: { name: string; ref: string; targetCommit: string }[];
  tags: { name: string; ref: string; targetCommit: string }[];
}

export interface Facets {
  total: number;
  cut: boolean;
  facets: Record<string, { id: string; label: string; count: number }[]>;
}

export interface Rendered {
  html: string;
  path: string;
  cut: boolean;
  commit: string;
}

export interface WhoAmI {
  name: string;
  fullname: string;
  email: string;
  isAdmin: boolean;
  orgs: { name: string; fullname: string; roleInOrg: string }[];
}

export interface QuickFound {
  q: string;
  models?: { id: string; private: boolean }[];
  datasets?: { id: string; private: boolean }[];
  spaces?: { id: string; private: boolean }[];
  orgs: { name: string; fullname: string }[];
  users: { name: string; fullname: string }[];
}

export interface Token {
  id?: string;
  _id?: string;
  name: string;
  displayName?: string;
  role: string;
  createdAt: string;
  expiresAt?: string | null;
  lastUsedAt?: string | null;
  lastFour?: string;
  value?: string;
}
