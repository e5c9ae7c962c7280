import type { Discovery } from '@storefront/platform/discovery/discovery.ts';
import { createAccessTokenVerifier } from '@storefront/platform/identity/access-tokens.ts';
import type { Log } from '@storefront/platform/log/log.ts';
import type { Redis } from '@storefront/platform/redis/redis.ts';
import { openKeptFile } from '../composition/kept-file.ts';
import type { GatewayConfig } from '../config.ts';
import type { Engine } from '../engine/engine.ts';
import { createAdmit } from './admit.ts';
import type { Admit } from './admit.ts';
import { authenticateNobody, createAuthenticate, keepAuthorization } from './authenticate.ts';
import type { Authenticate } from './authenticate.ts';
import { createDocuments } from './documents.ts';
import type { Documents } from './documents.ts';
import { createLifetimes } from './lifetimes.ts';
import type { WatchLifetime } from './lifetimes.ts';
import { noDocumentLimits } from './limits.ts';
import type { DocumentLimits } from './limits.ts';
import { createRateLimiter, unlimited } from './rate-limit.ts';
import { readManifest } from './trusted/manifest.ts';
import { createOperationTexts, type OperationTexts } from './trusted/operation-texts.ts';
import { createRegisteredTexts } from './trusted/registered-texts.ts';
import type { RateLimiter } from './rate-limit.ts';
import type { Revocations } from './revocations.ts';
import { keepKeysInFile } from './kept-keys.ts';
import { createSigningKeys, type SigningKeys } from './signing-keys.ts';

/** The name under which the key set of ACCESS_TOKEN_JWKS_URL is found in the discovery of a gateway on a file. */
export const keysOfFileGateway = 'access-token-keys';

export interface GuardsDeps {
  readonly redis: Redis | null;
  readonly discovery: Pick<Discovery, 'watchInstances'>;
  readonly engine: Engine;
  readonly log: Log;
  readonly revocations: Revocations | null;
}

/** What stands before the engine on every transport. */
export interface Guards {
  readonly authenticate: Authenticate;
  readonly documents: Documents;
  readonly texts: OperationTexts;
  readonly limiter: RateLimiter;
  readonly admit: Admit;
  readonly watchLifetime: WatchLifetime;
  close(): void;
}

/** Puts the guards together as the configuration says. */
export function createGuards(
  { redis, discovery, engine, log, revocations }: GuardsDeps,
  config: GatewayConfig,
): Guards {
  const isUnlimited = config.source === 'file' && config.LIMITS === 'off';
  const limits = isUnlimited ? noDocumentLimits : readDocumentLimits(config);
  const documents = createDocuments({ limits, introspection: config.INTROSPECTION, suggestions: config.INTROSPECTION });
  const rate = { perMinute: config.RATE_LIMIT_PER_MINUTE, burst: config.RATE_LIMIT_BURST };
  const replicas = countReplicas(discovery, config.WORKERS);
  const limiter = isUnlimited
    ? unlimited
    : createRateLimiter({ redis, log, now: Date.now, replicas: replicas.count }, rate);
  const { authenticate, keys, ...authentication } = openAuthentication({ discovery, log, revocations }, config);
  const watchLifetime = createLifetimes({ revocations, keys, now: Date.now });
  const trusted = config.TRUSTED_DOCUMENTS === 'off' ? new Map() : readManifest(config.TRUSTED_DOCUMENTS_PATH);
  const registered = createRegisteredTexts({ redis, log });
  const texts = createOperationTexts({ engine, documents, registered, trusted }, config.TRUSTED_DOCUMENTS);
  return {
    authenticate,
    texts,
    documents,
    limiter,
    admit: createAdmit({ engine, documents, limiter }),
    watchLifetime,
    close() {
      replicas.close();
      authentication.close();
    },
  };
}

/** The gateways that Consul knows, each with so many workers; at least this one. */
function countReplicas(discovery: GuardsDeps['discovery'], workers: number) {
  let gateways = 1;
  const watch = discovery.watchInstances('gateway', (instances) => (gateways = Math.max(1, instances.length)));
  return { count: () => gateways * Math.max(1, workers), close: () => watch.close() };
}

function openAuthentication(
  { discovery, log, revocations }: Pick<GuardsDeps, 'discovery' | 'log' | 'revocations'>,
  config: GatewayConfig,
): Pick<Guards, 'authenticate' | 'close'> & { readonly keys: SigningKeys | null } {
  if (config.source === 'file' && config.AUTH === 'off')
    return { authenticate: authenticateNobody, keys: null, close: () => undefined };
  const service = config.source === 'file' ? keysOfFileGateway : config.ACCESS_TOKEN_JWKS_SERVICE;
  const folder = (config.source === 'servers' && config.LAST_GOOD_FOLDER) || null;
  const kept = keepKeysInFile(openKeptFile({ folder, log }, 'signing-keys.json'), Date.now);
  const keys = createSigningKeys({ discovery, log, now: Date.now, kept }, { service });
  const { ACCESS_TOKEN_ISSUER: issuer, ACCESS_TOKEN_AUDIENCE: audience } = config;
  const foreign = { requiredClaims: ['sub', 'exp', 'iat'], maxLifetimeSeconds: 24 * 60 * 60 };
  const rules = config.source === 'file' ? foreign : {};
  const verify = createAccessTokenVerifier({ keys: keys.resolve, issuer, audience, ...rules });
  const authenticate = createAuthenticate({ verify, keys, now: Date.now, revocations });
  return {
    authenticate: config.source === 'file' ? keepAuthorization(authenticate) : authenticate,
    keys,
    close: () => keys.close(),
  };
}

function readDocumentLimits(config: GatewayConfig): DocumentLimits {
  return {
    tokens: config.LIMIT_TOKENS,
    depth: config.LIMIT_DEPTH,
    aliases: config.LIMIT_ALIASES,
    rootFields: config.LIMIT_ROOT_FIELDS,
    directives: config.LIMIT_DIRECTIVES,
    selections: config.LIMIT_SELECTIONS,
    operations: config.LIMIT_OPERATIONS,
  };
}
