import { readConfig } from '@storefront/platform/config/config.ts';
import type { Environment } from '@storefront/platform/config/config.ts';
import { count, flag, jsonWebKey, url } from '@storefront/platform/config/fields.ts';
import { serviceFields } from '@storefront/platform/config/service.ts';
import { z } from 'zod';
import { defaultDocumentLimits } from './guards/limits.ts';

/** Everything that the gateway takes from its environment. */
export type GatewayConfig = ReturnType<typeof readGatewayConfig>;

const localPages = ['http://localhost:*', 'http://127.0.0.1:*', 'http://[::1]:*', 'https://studio.apollographql.com'];

/**
 * Reads the gateway's variables. What only developers need (introspection, the pages, foreign origins) is on by default,
 * and off by default when NODE_ENV is production. @throws ConfigError
 */
export function readGatewayConfig(environment: Environment) {
  const isProduction = environment['NODE_ENV']?.trim() === 'production';
  return readConfig(
    {
      ...serviceFields(3000),
      RABBITMQ_URL: url('amqp', 'amqps'),
      REDIS_URL: url('redis', 'rediss'),
      /** Signs the tokens that subgraphs take from the gateway; its kid is `gateway`. */
      INTERNAL_SIGNING_KEY: jsonWebKey(),
      ACCESS_TOKEN_ISSUER: z.string().default('storefront'),
      ACCESS_TOKEN_AUDIENCE: z.string().default('storefront'),
      /** The service, by its name in Consul, that serves /.well-known/jwks.json. */
      ACCESS_TOKEN_JWKS_SERVICE: z.string().default('users'),
      /** The subgraphs without which there shall be no first graph; none means that any will do. */
      EXPECTED_SUBGRAPHS: list(/^[a-z][a-z0-9-]*$/, 'must be names of subgraphs, separated by commas', []),
      RATE_LIMIT_PER_MINUTE: atLeastOne(600),
      RATE_LIMIT_BURST: atLeastOne(100),
      /** How many proxies in front append to X-Forwarded-For. */
      TRUSTED_PROXY_HOPS: count(0),
      /** Origins of pages that may read answers and open websockets; `:*` at the end means any port. */
      CORS_ORIGINS: list(
        /^https?:\/\/[^/\s]+$/,
        'must be origins such as https://shop.example, separated by commas',
        isProduction ? [] : localPages,
      ),
      INTROSPECTION: flag(!isProduction),
      /** The pages for people: /, /ide, /api/docs and Apollo Sandbox at /graphql. */
      IDE: flag(!isProduction),
      LIMIT_TOKENS: atLeastOne(defaultDocumentLimits.tokens),
      LIMIT_DEPTH: atLeastOne(defaultDocumentLimits.depth),
      LIMIT_ALIASES: count(defaultDocumentLimits.aliases),
      LIMIT_ROOT_FIELDS: atLeastOne(defaultDocumentLimits.rootFields),
      LIMIT_DIRECTIVES: count(defaultDocumentLimits.directives),
      LIMIT_BODY_BYTES: atLeastOne(100 * 1024),
    },
    environment,
  );
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
