import { readConfig } from '@storefront/platform/config/config.ts';
import { jsonWebKeySet, url } from '@storefront/platform/config/fields.ts';
import { serviceFields } from '@storefront/platform/config/service.ts';

const DEFAULT_PORT = 3004;

/** What the reviews service is told by its environment. @throws ConfigError that lists every fault */
export function readReviewsConfig(environment: Record<string, string | undefined>) {
  return readConfig(
    {
      ...serviceFields(DEFAULT_PORT),
      DATABASE_URL: url('postgres', 'postgresql'),
      RABBITMQ_URL: url('amqp', 'amqps'),
      /** The public keys of the services that may call this one. */
      INTERNAL_JWKS: jsonWebKeySet(),
    },
    environment,
  );
}

/** The settings of the reviews service. */
export type ReviewsConfig = ReturnType<typeof readReviewsConfig>;
