import type { Discovery } from '@storefront/platform/discovery/discovery.ts';
import { createAccessTokenVerifier } from '@storefront/platform/identity/access-tokens.ts';
import type { Log } from '@storefront/platform/log/log.ts';
import type { Redis } from '@storefront/platform/redis/redis.ts';
import type { GatewayConfig } from '../config.ts';
import type { Engine } from '../engine/engine.ts';
import { createAdmit } from './admit.ts';
import type { Admit } from './admit.ts';
import { createAuthenticate } from './authenticate.ts';
import type { Authenticate } from './authenticate.ts';
import { createDocuments } from './documents.ts';
import type { Documents } from './documents.ts';
import { createRateLimiter } from './rate-limit.ts';
import type { RateLimiter } from './rate-limit.ts';
import { createSigningKeys } from './signing-keys.ts';

export interface GuardsDeps {
  readonly redis: Redis;
  readonly discovery: Discovery;
  readonly engine: Engine;
  readonly log: Log;
}

/** What stands before the engine on every transport. */
export interface Guards {
  readonly authenticate: Authenticate;
  readonly documents: Documents;
  readonly limiter: RateLimiter;
  readonly admit: Admit;
  close(): void;
}

/** Puts the guards together as the configuration says. */
export function createGuards({ redis, discovery, engine, log }: GuardsDeps, config: GatewayConfig): Guards {
  const keys = createSigningKeys({ discovery, log, now: Date.now }, { service: config.ACCESS_TOKEN_JWKS_SERVICE });
  const { ACCESS_TOKEN_ISSUER: issuer, ACCESS_TOKEN_AUDIENCE: audience } = config;
  const verify = createAccessTokenVerifier({ keys: keys.resolve, issuer, audience });
  const limits = {
    tokens: config.LIMIT_TOKENS,
    depth: config.LIMIT_DEPTH,
    aliases: config.LIMIT_ALIASES,
    rootFields: config.LIMIT_ROOT_FIELDS,
    directives: config.LIMIT_DIRECTIVES,
  };
  const documents = createDocuments({ limits, introspection: config.INTROSPECTION, suggestions: config.INTROSPECTION });
  const rate = { perMinute: config.RATE_LIMIT_PER_MINUTE, burst: config.RATE_LIMIT_BURST };
  const limiter = createRateLimiter({ redis, log, now: Date.now }, rate);
  const authenticate = createAuthenticate({ verify, keys, now: Date.now });
  return {
    authenticate,
    documents,
    limiter,
    admit: createAdmit({ engine, documents, limiter }),
    close: () => keys.close(),
  };
}
