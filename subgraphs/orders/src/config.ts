import { readConfig } from '@storefront/platform/config/config.ts';
import { host, jsonWebKey, jsonWebKeySet, milliseconds, url } from '@storefront/platform/config/fields.ts';
import { serviceFields } from '@storefront/platform/config/service.ts';

const fields = {
  ...serviceFields(3003),
  DATABASE_URL: url('postgres', 'postgresql'),
  RABBITMQ_URL: url('amqp', 'amqps'),
  /** RabbitMQ's management API, with credentials: bindings that are gone are noticed there. */
  RABBITMQ_MANAGEMENT_URL: url('http', 'https').optional(),
  INTERNAL_JWKS: jsonWebKeySet(),
  INTERNAL_SIGNING_KEY: jsonWebKey().refine(({ kid }) => kid === 'orders', 'must have the kid "orders"'),
  /** The Consul service that is asked for prices. */
  CATALOGUE_SERVICE: host().default('products'),
  /** How long a question for prices may take; the next instance gets as long again. */
  CATALOGUE_TIMEOUT_MS: milliseconds(1_000),
  /** How old a known price may be at most; a change of it is heard of sooner. 0: it is asked for each time. */
  PRICES_KEPT_MS: milliseconds(10_000),
  /** How long an order waits for its stock before it is rejected as TIMED_OUT. */
  ORDER_TIMEOUT_MS: milliseconds(15 * 60_000),
  /** How often it is looked for such orders. */
  ORDER_SWEEP_MS: milliseconds(30_000),
};

/** What the orders service is told by its environment. */
export type OrdersConfig = ReturnType<typeof readOrdersConfig>;

/** Reads the environment. @throws ConfigError that lists every fault */
export function readOrdersConfig(environment: Record<string, string | undefined>) {
  return readConfig(fields, environment);
}
