import { ConfigError, readConfig } from '@storefront/platform/config/config.ts';
import type { Environment } from '@storefront/platform/config/config.ts';
import { count, flag, host, jsonWebKey, milliseconds, optionalPort, url } from '@storefront/platform/config/fields.ts';
import { serviceFields } from '@storefront/platform/config/service.ts';
import { workerFields } from '@storefront/platform/config/workers.ts';
import { z } from 'zod';
import { defaultCacheBytes } from './cache/local-layer.ts';
import { defaultMemoBytes } from './engine/memo.ts';
import { defaultDocumentLimits } from './guards/limits.ts';
import { houseManifest } from './guards/trusted/manifest.ts';
import { seatDefaults } from './guards/seats.ts';

/** Everything that the gateway takes from its environment; `source` says where its graph comes from. */
export type GatewayConfig = HouseConfig | FileConfig;
/** The gateway of the house: subgraphs found in Consul, limits shared in Redis, events from RabbitMQ. */
export type HouseConfig = ReturnType<typeof readHouseConfig>;
/** The gateway alone, on a composed supergraph file. */
export type FileConfig = ReturnType<typeof readFileConfig>;

const localPages = ['http://localhost:*', 'http://127.0.0.1:*', 'http://[::1]:*', 'https://studio.apollographql.com'];

/**
 * Reads the gateway's variables. With SUPERGRAPH_PATH it runs alone on that file, else it needs the servers of the house.
 * What only developers need (introspection, the pages, foreign origins) is on by default, and off by default when NODE_ENV
 * is production. @throws ConfigError
 */
export function readGatewayConfig(environment: Environment): GatewayConfig {
  refuseContradictions(environment);
  refuseIdleCache(environment);
  return isSet(environment, 'SUPERGRAPH_PATH') ? readFileConfig(environment) : readHouseConfig(environment);
}

function readHouseConfig(environment: Environment) {
  const config = readConfig(
    {
      RABBITMQ_URL: url('amqp', 'amqps'),
      REDIS_URL: url('redis', 'rediss'),
      /** Signs the tokens that subgraphs take from the gateway; its kid is `gateway`. */
      INTERNAL_SIGNING_KEY: jsonWebKey(),
      /** The service, by its name in Consul, that serves /.well-known/jwks.json. */
      ACCESS_TOKEN_JWKS_SERVICE: z.string().default('users'),
      /** Whether what subgraphs answer is kept where the graph allows it (docs/caching.md). */
      ENTITY_CACHE: flag(true),
      /** How much of it each process may keep besides Redis; 0 keeps all of it in Redis. */
      ENTITY_CACHE_BYTES: count(defaultCacheBytes),
      /** The longest that a request waits for what is kept in Redis. */
      ENTITY_CACHE_REDIS_TIMEOUT_MS: milliseconds(20),
      /** How much older than the event that changed it something kept may be. */
      ENTITY_CACHE_LAG_MS: milliseconds(200).refine((ms) => ms >= 100, 'must be at least 100: it is proved every 50'),
      /** The subgraphs without which there shall be no first graph; none means that any will do. */
      EXPECTED_SUBGRAPHS: list(/^[a-z][a-z0-9-]*$/, 'must be names of subgraphs, separated by commas', []),
      /** Where the graph and the addresses that were good last are kept for the next start; nowhere when it is not set. */
      LAST_GOOD_FOLDER: z.string().optional(),
      /** What the gateways' keys in Consul begin with: gateways with the same one agree on one graph. */
      CONSUL_KEY_PREFIX: z.string().default('storefront/'),
      /** Where the launcher of the stack on one machine takes orders from the console, and its token. */
      STACK_CONTROL_URL: url('http').optional(),
      STACK_CONTROL_TOKEN: z.string().optional(),
      ...sharedFields(environment, 3000),
    },
    environment,
  );
  return { source: 'servers' as const, ...config };
}

function readFileConfig(environment: Environment) {
  const port = environment['SERVICE_PORT']?.trim() || environment['PORT'];
  const config = readConfig(
    {
      ...sharedFields(environment, 4000),
      /** A composed supergraph; the subgraphs are where its `@join__graph` says. */
      SUPERGRAPH_PATH: z.string(),
      /** The key set that access tokens are verified with; without it, and with AUTH on, every token is refused. */
      ACCESS_TOKEN_JWKS_URL: url('http', 'https').optional(),
      /** `off` for trying things out: no limits of documents, no rate limit. */
      LIMITS: z.enum(['on', 'off']).default('on'),
      /** `off` for trying things out: no token is looked at, they go to the subgraphs as they came. */
      AUTH: z.enum(['on', 'off']).default('on'),
    },
    { ...environment, SERVICE_PORT: port },
  );
  return { source: 'file' as const, ...config };
}

/** What depends on Redis and events is nothing without them, and what says how it works is nothing where it is off. */
function refuseIdleCache(environment: Environment): void {
  const named = Object.keys(environment).filter((name) => /^ENTITY_CACHE(_|$)/.test(name) && isSet(environment, name));
  const isOff = /^(false|0)$/.test(environment['ENTITY_CACHE']?.trim() ?? '');
  const idle = named.filter((name) => name !== 'ENTITY_CACHE');
  const faults = [
    ...(isSet(environment, 'SUPERGRAPH_PATH') && !isOff
      ? named.map((name) => `${name}: needs Redis and RabbitMQ, so it cannot be used together with SUPERGRAPH_PATH`)
      : []),
    ...(isOff ? idle.map((name) => `${name}: says nothing while ENTITY_CACHE is false`) : []),
  ];
  if (faults.length > 0) throw new ConfigError(faults);
}

/** What is for trying things out must never come into a gateway of the house by a variable that was left behind. */
function refuseContradictions(environment: Environment): void {
  const alone = ['SUPERGRAPH_PATH', 'LIMITS', 'AUTH'].filter(
    (name) => isSet(environment, name) && (name === 'SUPERGRAPH_PATH' || environment[name]?.trim() === 'off'),
  );
  const faults = isSet(environment, 'CONSUL_URL')
    ? alone.map((name) => `${name}: cannot be used together with CONSUL_URL`)
    : alone.includes('SUPERGRAPH_PATH')
      ? []
      : alone.map((name) => `${name}: can be off only together with SUPERGRAPH_PATH`);
  if (faults.length > 0) throw new ConfigError(faults);
}

const isSet = (environment: Environment, name: string) =>
  Boolean(environment[name]?.trim() || environment[`${name}_FILE`]?.trim());

/** What docs/resilience.md tells of. */
function trafficFields() {
  return {
    /** Whether another gateway may listen at the same port, as one does that takes over. */
    SHARE_PORT: flag(false),
    /** How long one attempt at a subgraph may take; half of it, and another instance is asked as well. */
    SUBGRAPH_TIMEOUT_MS: milliseconds(2_000),
    /** After how long a query without an answer is sent to another instance as well (hedging); 0 is half of SUBGRAPH_TIMEOUT_MS. */
    HEDGE_AFTER_MS: milliseconds(0),
    /** Whether requests are refused (503 OVERLOADED) when there is more to do than can be done in time. */
    SHED_LOAD: flag(true),
    /** How late the event loop may be, and how long requests may take on average, before fewer are admitted. */
    SHED_LAG_MS: milliseconds(50),
    SHED_LATENCY_MS: milliseconds(1_000),
    /** The clients, by `apollographql-client-name`, that are refused first. */
    BULK_CLIENTS: list(/^[\w.@/ -]+$/, 'must be names of clients, separated by commas', []),
  };
}

function sharedFields(environment: Environment, defaultPort: number) {
  const isProduction = environment['NODE_ENV']?.trim() === 'production';
  return {
    ...serviceFields(defaultPort),
    ...workerFields,
    ACCESS_TOKEN_ISSUER: z.string().default('storefront'),
    ACCESS_TOKEN_AUDIENCE: z.string().default('storefront'),
    /** Points; an operation takes what it is estimated to cost, at least one. */
    RATE_LIMIT_PER_MINUTE: atLeastOne(10_000),
    RATE_LIMIT_BURST: atLeastOne(2_000),
    /** Where GET /metrics is served, away from the public port; without a port it is not, and nothing is measured. Of several workers the n-th takes the n-th port from here. */
    METRICS_PORT: optionalPort(),
    /** The address that it is bound to. */
    METRICS_HOST: host().default('127.0.0.1'),
    /** How many proxies in front append to X-Forwarded-For. */
    TRUSTED_PROXY_HOPS: count(0),
    /** Origins of pages that may read answers and open websockets; `:*` at the end means any port. */
    CORS_ORIGINS: list(
      /^https?:\/\/[^/\s]+$/,
      'must be origins such as https://shop.example, separated by commas',
      isProduction ? [] : localPages,
    ),
    ...trafficFields(),
    /** Whether equal operations and fetches of equal callers that are under way at the same time are run and sent once. */
    SHARE_FETCHES: flag(true),
    /** How much may be kept of how operations went, to save work when all subgraphs answer the same again; 0 keeps nothing. */
    MEMO_BYTES: count(defaultMemoBytes),
    /** What the plans of a graph may take of memory, by estimate. */
    PLAN_CACHE_BYTES: atLeastOne(64 * 1024 * 1024),
    /** The labels of `@override(label:)`, percent labels aside, that are set: their fields come from where they move to. */
    OVERRIDE_LABELS: list(/^[a-zA-Z][\w\-:./]*$/, 'must be labels of @override, separated by commas', []),
    /** Whether operations whose document is known take the short way past Apollo Server's pipeline. */
    SHORT_WAY: flag(true),
    /** What may be executed: every text (`off`), trusted documents by id as well (`prefer`), or nothing else (`only`). */
    TRUSTED_DOCUMENTS: z.enum(['off', 'prefer', 'only']).default('prefer'),
    /** The manifest that lists them, in Apollo's format. */
    TRUSTED_DOCUMENTS_PATH: z.string().default(houseManifest),
    INTROSPECTION: flag(!isProduction),
    /** The pages for people: /, /ide, /api/docs and Apollo Sandbox at /graphql. */
    IDE: flag(!isProduction),
    /** The console at /console. In production it is for admins alone. */
    CONSOLE: flag(!isProduction),
    LIMIT_TOKENS: atLeastOne(defaultDocumentLimits.tokens),
    LIMIT_DEPTH: atLeastOne(defaultDocumentLimits.depth),
    LIMIT_ALIASES: count(defaultDocumentLimits.aliases),
    LIMIT_ROOT_FIELDS: atLeastOne(defaultDocumentLimits.rootFields),
    LIMIT_DIRECTIVES: count(defaultDocumentLimits.directives),
    LIMIT_SELECTIONS: atLeastOne(defaultDocumentLimits.selections),
    LIMIT_OPERATIONS: atLeastOne(defaultDocumentLimits.operations),
    /** What one operation may be estimated to cost. */
    LIMIT_COST: atLeastOne(1_000),
    /** How many elements a list is taken to have of which the graph says nothing. */
    COST_ASSUMED_LIST_SIZE: atLeastOne(10),
    LIMIT_BODY_BYTES: atLeastOne(100 * 1024),
    /** What stays open, of one user at one replica. */
    LIMIT_SOCKETS_PER_USER: atLeastOne(seatDefaults.socketsPerUser),
    LIMIT_STREAMS_PER_USER: atLeastOne(seatDefaults.streamsPerUser),
    /** The same for those who are not signed in, of each kind. */
    LIMIT_CONNECTIONS_PER_ADDRESS: atLeastOne(seatDefaults.perAddress),
    LIMIT_SUBSCRIPTIONS_PER_SOCKET: atLeastOne(20),
    /** Over how long open connections are ended at a shutdown, so that not all clients come back elsewhere at once. */
    SHUTDOWN_SPREAD_MS: milliseconds(2_000),
  };
}

function list(entry: RegExp, text: string, defaultValue: readonly string[]) {
  return z
    .string()
    .transform((value) =>
      value
        .split(',')
        .map((part) => part.trim())
        .filter(Boolean),
    )
    .refine((parts) => parts.every((part) => entry.test(part)), text)
    .default([...defaultValue]);
}

function atLeastOne(defaultCount: number) {
  return count(defaultCount).refine((value) => value >= 1, 'must be at least 1');
}
