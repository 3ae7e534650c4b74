// The one place that calls fetch() for the API: addresses, errors, paging.
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly code: string
  ) {
    super(message);
  }
}

export interface Options {
  query?: Record<string, string | number | boolean | string[] | undefined>;
  body?: unknown;
  signal?: AbortSignal;
  fetch?: typeof fetch;
  headers?: Record<string, string>;
}

export interface Reply<T> {
  data: T;
  next: string | null; // cursor of the next page
  total: number | null;
  commit: string | null;
}

export const pathOf = (path: string) => path.split('/').map(encodeURIComponent).join('/');

function queryText(query: Options['query']): string {
  const out = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === undefined || value === '' || value === false) continue;
    for (const one of Array.isArray(value) ? value : [value]) out.append(name, String(one));
  }
  const text = out.toString();
  return text ? `?${text}` : '';
}

async function errorOf(response: Response): Promise<ApiError> {
  let message = response.headers.get('X-Error-Message') ?? response.statusText;
  try {
    message = ((await response.clone().json()) as { error?: string }).error ?? message;
  } catch {
    // Not JSON: the header has to do.
  }
  return new ApiError(response.status, message, response.headers.get('X-Error-Code') ?? '');
}

export async function send(method: string, url: string, options: Options = {}): Promise<Response> {
  const headers: Record<string, string> = { ...options.headers };
  let body: BodyInit | undefined;
  if (options.body instanceof Blob || typeof options.body === 'string') body = options.body;
  else if (options.body !== undefined) {
    headers['Content-Type'] = 'application/json';
    body = JSON.stringify(options.body);
  }
  const response = await (options.fetch ?? fetch)(url + queryText(options.query), { method, headers, body, signal: options.signal });
  if (!response.ok) throw await errorOf(response);
  return response;
}

export function operation<Name extends string>(method: string, template: string, rest: string[] = []) {
  return async <T = unknown>(params: Record<Name, string>, options: Options = {}): Promise<Reply<T>> => {
    const url = template.replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = (params as Record<string, string>)[name];
      return rest.includes(name) ? pathOf(value) : encodeURIComponent(value);
    });
    const response = await send(method, url, options);
    const text = await response.text();
    const link = /[?&]cursor=([^&>]+)[^>]*>;\s*rel="next"/.exec(response.headers.get('Link') ?? '');
    const total = response.headers.get('X-Total-Count');
    return {
      data: (response.headers.get('Content-Type')?.includes('json') ? JSON.parse(text) : text) as T,
      next: link ? decodeURIComponent(link[1]) : null,
      total: total === null ? null : Number(total),
      commit: response.headers.get('X-Repo-Commit')
    };
  };
}
