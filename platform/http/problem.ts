import type { FastifyReply } from 'fastify';

/** A fault as an HTTP answer. `code` is stable; `type` is a URI that identifies the kind of problem, `about:blank` unless given. */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail?: string | undefined;
  readonly type?: string | undefined;
  /** Further members, safe to show. */
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
}

/** Answers with `application/problem+json`; `instance` is the path of the request without its query. Source: RFC 9457 */
export function sendProblem(
  reply: FastifyReply,
  { status, code, title, detail, type, extensions }: Problem,
): FastifyReply {
  const body = {
    ...extensions,
    type: type ?? 'about:blank',
    title,
    status,
    ...(detail === undefined ? {} : { detail }),
    code,
    instance: reply.request.url.split('?', 1)[0],
  };
  return reply.code(status).type('application/problem+json; charset=utf-8').send(JSON.stringify(body));
}
