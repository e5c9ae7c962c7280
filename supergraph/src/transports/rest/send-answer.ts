import { sendProblem } from '@storefront/platform/http/problem.ts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RouteAnswer } from './route.ts';

/** When the paths without a version became deprecated: 2026-01-01. */
const deprecatedAtSeconds = Date.UTC(2026, 0, 1) / 1_000;
const oldPrefix = /^\/api(?=\/)(?!\/v1(?:\/|$))/;

/**
 * Sends what a route answered. The next page of a list is named by a `Link`; a path without a version is marked as
 * deprecated and names its successor. Source: RFC 8288, RFC 9745, RFC 5829
 */
export function sendAnswer(request: FastifyRequest, reply: FastifyReply, answer: RouteAnswer): FastifyReply {
  const links: string[] = [];
  const successor = request.url.replace(oldPrefix, '/api/v1');
  if (successor !== request.url) {
    reply.header('deprecation', `@${deprecatedAtSeconds}`);
    links.push(`<${successor}>; rel="successor-version"`);
  }
  if ('nextCursor' in answer && answer.nextCursor)
    links.push(`<${nextPage(successor, answer.nextCursor)}>; rel="next"`);
  if (links.length > 0) reply.header('link', links.join(', '));
  reply.headers(answer.headers ?? {});
  if ('problem' in answer) return sendProblem(reply, answer.problem);
  reply.code(answer.status);
  return answer.body === undefined
    ? reply.send()
    : reply.type('application/json; charset=utf-8').send(JSON.stringify(answer.body));
}

function nextPage(url: string, cursor: string): string {
  const [path = '', query] = url.split('?', 2);
  const parameters = new URLSearchParams(query);
  parameters.set('after', cursor);
  return `${path}?${parameters.toString()}`;
}
