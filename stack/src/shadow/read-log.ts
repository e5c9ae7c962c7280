/** A request that only reads. */
export interface ReadRequest {
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Reads the requests of a log: lines of JSON with `method`, `url` (or `path`) and perhaps `headers`, or access logs in the common format
 * (`"GET /api/users/1 HTTP/1.1"`). Only GET and HEAD are taken, since only they may be sent again; other lines are counted as left out.
 */
export function readLog(text: string): { readonly requests: readonly ReadRequest[]; readonly leftOut: number } {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const requests = lines.map((line) => (line.trimStart().startsWith('{') ? readJson(line) : readCommon(line)));
  const found = requests.filter((request) => request !== null);
  return { requests: found, leftOut: lines.length - found.length };
}

function readCommon(line: string): ReadRequest | null {
  const [, path] = /"(?:GET|HEAD) (\/\S*) HTTP\/[\d.]+"/.exec(line) ?? [];
  return path === undefined ? null : { path, headers: {} };
}

function readJson(line: string): ReadRequest | null {
  try {
    const { method = 'GET', url, path = url, headers = {} } = JSON.parse(line) as Record<string, unknown>;
    if (typeof path !== 'string' || !isRead(String(method))) return null;
    const texts = Object.entries(Object(headers) as object).filter(([, value]) => typeof value === 'string');
    const { pathname, search } = new URL(path, 'http://any');
    return { path: `${pathname}${search}`, headers: Object.fromEntries(texts) as Record<string, string> };
  } catch {
    return null;
  }
}

/** True for what may be sent again. Source: RFC 9110 section 9.2.1 */
export function isRead(method: string): boolean {
  return /^(get|head)$/i.test(method);
}
