import { readConfig } from '@storefront/platform/config/config.ts';
import { jsonWebKeySet, milliseconds, url } from '@storefront/platform/config/fields.ts';
import { serviceFields } from '@storefront/platform/config/service.ts';

const DEFAULT_PORT = 3_002;
const MINUTE_MS = 60_000;

/**
 * What the products service is told by its environment. RESERVATION_MS is how long pieces stay set aside for an order that
 * nobody confirms or cancels before orders is asked what became of it; RESERVATION_SWEEP_MS how often it is looked for such.
 * @throws ConfigError that lists every fault
 */
export function readProductsConfig(environment: Record<string, string | undefined>) {
  return readConfig(
    {
      ...serviceFields(DEFAULT_PORT),
      DATABASE_URL: url('postgres', 'postgresql'),
      RABBITMQ_URL: url('amqp', 'amqps'),
      /** RabbitMQ's management API, with credentials: bindings that are gone are noticed there. */
      RABBITMQ_MANAGEMENT_URL: url('http', 'https').optional(),
      INTERNAL_JWKS: jsonWebKeySet(),
      RESERVATION_MS: milliseconds(15 * MINUTE_MS),
      RESERVATION_SWEEP_MS: milliseconds(MINUTE_MS / 2),
    },
    environment,
  );
}

/** The settings of the products service. */
export type ProductsConfig = ReturnType<typeof readProductsConfig>;
