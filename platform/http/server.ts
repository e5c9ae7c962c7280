import { STATUS_CODES, type IncomingHttpHeaders } from 'node:http';
import {
  fastify,
  type FastifyError,
  type FastifyInstance,
  type FastifyListenOptions,
  type FastifyReply,
  type FastifyServerOptions,
} from 'fastify';
import { codeOfStatus } from '../errors/codes.ts';
import { CodedError } from '../errors/coded-error.ts';
import { codeOf } from '../errors/is-error.ts';
import { isUnavailable, RETRY_AFTER_SECONDS, tryAgain } from '../errors/unavailable.ts';
import type { Log } from '../log/log.ts';
import { answerUnread } from './answer-unread.ts';
import { sendProblem } from './problem.ts';

const drainMs = 10_000;

/**
 * Creates an HTTP server that answers every fault as problem+json with a stable code and no stack; what nobody foresaw is
 * logged and answered as INTERNAL_SERVER_ERROR, or as 503 with Retry-After when a server that it needs is away or full. Bodies are at most 100 KB; a request must have arrived within 10 s.
 * `close()` stops accepting, ends idle connections, lets running requests finish for 10 s, then cuts what is left.
 */
export function createHttpServer({ log }: { log: Log }, options: FastifyServerOptions = {}): FastifyInstance {
  const server = fastify({
    logger: false,
    bodyLimit: 100 * 1024,
    requestTimeout: 10_000,
    keepAliveTimeout: 72_000,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    // Node would take the first of two Authorization headers, and a proxy maybe the other: both together are none.
    http: { joinDuplicateHeaders: true },
    clientErrorHandler: answerUnread,
    ...options,
  });
  server.addHook('preParsing', (request, _reply, payload, done) => done(refuseUnread(request.headers), payload));
  server.setNotFoundHandler((request, reply) =>
    sendProblem(reply, {
      status: 404,
      code: 'NOT_FOUND',
      title: 'Not Found',
      detail: `there is nothing at ${request.method} ${request.url.split('?', 1)[0]}`,
    }),
  );
  server.setErrorHandler<FastifyError>((error, _request, reply) => answerFault(log, error, reply));
  server.addHook('preClose', async () => {
    const cut = setTimeout(() => server.server.closeAllConnections(), drainMs);
    server.server.once('close', () => clearTimeout(cut));
  });
  return server;
}

/** Bodies are UTF-8 as they are: what is compressed is not unpacked, so that a small body cannot become a large one. */
function refuseUnread(headers: IncomingHttpHeaders): CodedError | null {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    return new CodedError('UNSUPPORTED_MEDIA_TYPE', 'A body is sent as it is, without Content-Encoding.');
  }
  const charset = /charset="?([^";\s]*)/i.exec(headers['content-type'] ?? '')?.[1];
  if (charset === undefined || /^(utf-?8|us-ascii)$/i.test(charset)) return null;
  return new CodedError('UNSUPPORTED_MEDIA_TYPE', 'A body is UTF-8.');
}

/** Where to listen; port 0 lets the system pick one. */
export interface Address {
  readonly host: string;
  readonly port: number;
  /** Another process may listen there too; the system shares connections out. Linux alone; default false. */
  readonly isShared?: boolean;
}

/** Starts to listen. @throws CodedError PORT_TAKEN or ADDRESS_UNAVAILABLE, saying what to do */
export async function listen(
  server: FastifyInstance,
  { host, port, isShared = false }: Address,
): Promise<{ port: number; url: string }> {
  try {
    const address: FastifyListenOptions & { reusePort?: boolean } = isShared
      ? { host, port, reusePort: true }
      : { host, port };
    await server.listen(address);
  } catch (cause) {
    throw describeListenFault(cause, { host, port });
  }
  const bound = server.server.address();
  const boundPort = typeof bound === 'object' && bound !== null ? bound.port : port;
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return { port: boundPort, url: `http://${name.includes(':') ? `[${name}]` : name}:${boundPort}` };
}

function describeListenFault(cause: unknown, { host, port }: Address): unknown {
  const code = codeOf(cause);
  if (code === 'EADDRINUSE') {
    return new CodedError('PORT_TAKEN', `port ${port} is taken: stop what listens there or set SERVICE_PORT`);
  }
  if (code === 'EACCES') {
    return new CodedError('PORT_TAKEN', `port ${port} needs more rights: set SERVICE_PORT to one above 1023`, {
      cause,
    });
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new CodedError('ADDRESS_UNAVAILABLE', `${host} is no address of this machine: set SERVICE_HOST`, { cause });
  }
  return cause;
}

function answerFault(log: Log, error: FastifyError | CodedError, reply: FastifyReply): FastifyReply {
  if (error instanceof CodedError && error.expose) {
    const { httpStatus: status, code, message, extensions } = error;
    return sendProblem(reply, { status, code, title: STATUS_CODES[status] ?? 'Error', detail: message, extensions });
  }
  const status = 'statusCode' in error ? (error.statusCode ?? 500) : 500;
  if (status >= 400 && status < 500) {
    const title = STATUS_CODES[status] ?? 'Bad Request';
    return sendProblem(reply, { status, code: codeOfStatus(status), title, detail: error.message });
  }
  if (isUnavailable(error)) {
    log.warn({ err: error, path: reply.request.url.split('?', 1)[0] }, 'a request needs what is not available');
    const { code, message } = tryAgain(error);
    reply.header('retry-after', String(RETRY_AFTER_SECONDS));
    return sendProblem(reply, { status: 503, code, title: 'Service Unavailable', detail: message });
  }
  log.error({ err: error, method: reply.request.method, path: reply.request.url.split('?', 1)[0] }, 'a request failed');
  return sendProblem(reply, { status: 500, code: 'INTERNAL_SERVER_ERROR', title: 'Internal Server Error' });
}
