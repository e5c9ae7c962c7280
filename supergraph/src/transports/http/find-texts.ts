import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { OperationTexts } from '../../guards/trusted/operation-texts.ts';
import { answerRefusal } from '../streams/answer-refusal.ts';
import { readObject } from '../streams/read-call.ts';

const routes = new Set(['/graphql', '/graphql/stream']);

/**
 * Puts the text in the place of an operation's id, so that whatever answers the request finds an operation as any other. Call it
 * before the routes are there.
 */
export function findTexts(server: FastifyInstance, texts: OperationTexts): void {
  const preValidation = (request: FastifyRequest, reply: FastifyReply, goOn: (fault?: Error) => void): void => {
    const given = readGiven(request);
    if (!given || !texts.isNamed(given)) return goOn();
    replaceText(texts, { request, reply, given }).then((isAnswered) => void (isAnswered || goOn()), goOn);
  };
  server.addHook('onRoute', (route) => {
    if (!routes.has(route.url)) return;
    route.preValidation = [...[route.preValidation ?? []].flat(), preValidation];
  });
}

type Given = Record<string, unknown>;

/** The members of one operation, `extensions` as an object; null when the request has none. */
function readGiven({ method, query, body }: FastifyRequest): Given | null {
  if (method !== 'GET') return typeof body === 'object' && !Array.isArray(body) ? (body as Given | null) : null;
  const { extensions } = query as Given;
  if (extensions === undefined) return query as Given;
  return { ...(query as Given), extensions: readObject(extensions, true) ?? extensions };
}

async function replaceText(
  texts: OperationTexts,
  { request, reply, given }: { readonly request: FastifyRequest; readonly reply: FastifyReply; readonly given: Given },
): Promise<boolean> {
  const found = await texts.find(given);
  if ('refused' in found) {
    request.exchange.operation ??= {};
    reply.header('cache-control', 'no-store');
    answerRefusal(request, reply, found.refused);
    return true;
  }
  const target = (request.method === 'GET' ? request.query : request.body) as Given;
  if (found.source !== null) target['query'] = found.source;
  delete target['documentId'];
  const { persistedQuery, ...extensions } = Object(given['extensions']) as Given;
  const isGet = request.method === 'GET';
  if (persistedQuery) target['extensions'] = isGet ? JSON.stringify(extensions) : extensions;
  if (isGet) rewriteUrl(request, target);
  return false;
}

/** Apollo Server reads the address itself. */
function rewriteUrl({ raw, url }: FastifyRequest, parameters: Given): void {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const one of [value].flat()) search.append(name, String(one));
  }
  raw.url = `${url.split('?', 1)[0]}?${search.toString()}`;
}
