import { type Difference, findDifferences } from './differences.ts';
import type { ReadRequest } from './read-log.ts';

/** What both gateways said to one request. */
export interface Comparison {
  readonly path: string;
  readonly differences: readonly Difference[];
}

/** The two gateways. `ignore` are the fields that may differ, as differences name them. */
export interface ShadowOptions {
  readonly legacyUrl: string;
  readonly oursUrl: string;
  readonly ignore?: readonly string[];
}

/** What was answered: the status and the body, as JSON when it is. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const timeoutMs = 10_000;
/** What belongs to a connection, or says for whom an answer may be a part or a 304. */
const notForwarded = /^(host|connection|content-length|transfer-encoding|accept-encoding|if-.*|range)$/i;

/** Sends one request to both and compares. A gateway without an answer counts as status 0. */
export async function compareRequest(options: ShadowOptions, request: ReadRequest): Promise<Comparison> {
  const [legacy, ours] = await Promise.all([ask(options.legacyUrl, request), ask(options.oursUrl, request)]);
  return compareAnswers(options, request.path, { legacy, ours });
}

/** Compares two answers. */
export function compareAnswers(
  { ignore = [] }: Pick<ShadowOptions, 'ignore'>,
  path: string,
  { legacy, ours }: { readonly legacy: Answer; readonly ours: Answer },
): Comparison {
  const found = [
    ...findDifferences(legacy.status, ours.status, 'status'),
    ...(legacy.status < 400 ? findDifferences(legacy.body, ours.body, 'body') : []),
  ];
  return { path, differences: found.filter(({ field }) => !ignore.includes(field)) };
}

/** Asks one gateway. Never rejects. */
export async function ask(url: string, { path, headers }: ReadRequest): Promise<Answer> {
  try {
    const kept = Object.entries(headers).filter(([name]) => !notForwarded.test(name));
    const response = await fetch(new URL(path, url), {
      headers: Object.fromEntries(kept),
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    return { status: response.status, body: readBody(await response.text()) };
  } catch (cause) {
    return { status: 0, body: String(cause) };
  }
}

/** JSON as what it means, other text as it is. */
export function readBody(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** Collects comparisons and tells them by route and field: numbers in a path are one route. */
export function createReport() {
  const routes = new Map<
    string,
    { requests: number; same: number; fields: Map<string, { count: number; first: Difference }> }
  >();
  return {
    add({ path, differences }: Comparison): void {
      const name = path.replace(/\?.*$/, '').replace(/\/\d+(?=\/|$)/g, '/:id');
      const route = routes.get(name) ?? { requests: 0, same: 0, fields: new Map() };
      routes.set(name, route);
      route.requests += 1;
      if (differences.length === 0) route.same += 1;
      for (const difference of differences) {
        const key = `${difference.field}: ${difference.kind}`;
        const known = route.fields.get(key);
        route.fields.set(key, { count: (known?.count ?? 0) + 1, first: known?.first ?? difference });
      }
    },
    /** True when nothing differed. */
    isClean: () => [...routes.values()].every(({ requests, same }) => requests === same),
    text(): string {
      const lines = [...routes].flatMap(([name, { requests, same, fields }]) => [
        `${name}: ${same} of ${requests} the same`,
        ...[...fields].map(
          ([key, { count, first }]) =>
            `  ${key} (${count}): legacy ${shorten(first.legacy)}, ours ${shorten(first.ours)}`,
        ),
      ]);
      return lines.length > 0 ? lines.join('\n') : 'nothing was compared';
    },
  };
}

const shorten = (value: unknown) => (JSON.stringify(value) ?? 'nothing').slice(0, 80);
