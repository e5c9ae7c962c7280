import { createHttpServer, listen } from '@storefront/platform/http/server.ts';
import { createLog } from '@storefront/platform/log/log.ts';
import type { Redis } from '@storefront/platform/redis/redis.ts';
import type { FastifyInstance } from 'fastify';
import type { Engine } from '../../../engine/engine.ts';
import { createAdmit } from '../../../guards/admit.ts';
import type { Authenticate } from '../../../guards/authenticate.ts';
import { createDocuments } from '../../../guards/documents.ts';
import { defaultDocumentLimits } from '../../../guards/limits.ts';
import { createRateLimiter, type RateLimiter } from '../../../guards/rate-limit.ts';
import type { TrustedDocuments } from '../../../guards/trusted/manifest.ts';
import { createOperationTexts, type TrustMode } from '../../../guards/trusted/operation-texts.ts';
import { createRegisteredTexts } from '../../../guards/trusted/registered-texts.ts';
import { findTexts } from '../find-texts.ts';
import { followExchanges } from '../exchange.ts';
import { createLocalEngine } from './local-engine.ts';

/** The tokens that the local gateway knows; every other one is refused. */
export const tokens = { ada: 'Bearer ada', admin: 'Bearer admin' };

const callers = new Map([
  [tokens.ada, { kind: 'user' as const, userId: '1', scopes: new Set<string>() }],
  [tokens.admin, { kind: 'user' as const, userId: '9', scopes: new Set(['products:write', 'users:read']) }],
]);

const authenticate: Authenticate = async (authorization) => {
  const caller = authorization === undefined ? { kind: 'anonymous' as const } : callers.get(authorization);
  if (caller) return { caller, expiresAt: new Date(8.64e15) };
  const headers = { 'www-authenticate': 'Bearer error="invalid_token"' };
  return { refused: { status: 401, code: 'UNAUTHENTICATED', message: 'The access token is not valid.', headers } };
};

export interface LocalGatewayOptions {
  readonly burst?: number;
  readonly isProduction?: boolean;
  /** What executes in place of the local engine. */
  readonly executing?: Engine;
  /** What limits in place of accounts in this process. */
  readonly limiter?: RateLimiter;
  /** Default 0. */
  readonly trustedProxyHops?: number;
  /** Default `info`. */
  readonly logLevel?: 'info' | 'trace';
  /** Trusted documents by id. Default none. */
  readonly trusted?: TrustedDocuments;
  /** Default `prefer`. */
  readonly trustMode?: TrustMode;
  /** Where registered texts are kept besides this process. Default nowhere. */
  readonly redis?: Redis | null;
  /** Milliseconds since the epoch, for the rate limit. Default the real clock. */
  readonly now?: () => number;
}

/** A server with the guards in front of a local engine; limits are kept in this process, log lines in `logged`. */
export function createLocalGateway({
  burst = 1_000,
  isProduction = false,
  executing,
  now = Date.now,
  limiter = createRateLimiter({ redis: null, log: { warn: () => undefined }, now }, { perMinute: burst, burst }),
  trustedProxyHops = 0,
  trusted = new Map(),
  trustMode = 'prefer',
  redis = null,
  logLevel = 'info',
}: LocalGatewayOptions = {}) {
  const logged: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void logged.push(JSON.parse(line)) };
  const log = createLog({ service: 'supergraph', level: logLevel, destination });
  const server: FastifyInstance = createHttpServer({ log });
  followExchanges(server, log, { trustedProxyHops });
  const engine = createLocalEngine();
  const documents = createDocuments({
    limits: defaultDocumentLimits,
    introspection: !isProduction,
    suggestions: !isProduction,
  });
  const registered = createRegisteredTexts({ redis, log });
  const texts = createOperationTexts({ engine: executing ?? engine, documents, registered, trusted }, trustMode);
  findTexts(server, texts);
  const admit = createAdmit({ engine: executing ?? engine, documents, limiter });
  return {
    server,
    log,
    logged,
    engine,
    deps: { engine: executing ?? engine, documents, log, authenticate, admit, limiter, texts },
    start: () => listen(server, { host: '127.0.0.1', port: 0 }),
  };
}
