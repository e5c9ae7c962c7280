import { type Bus, openBus } from '@storefront/platform/bus/bus.ts';
import { createLog } from '@storefront/platform/log/log.ts';
import { openPostgres, type Postgres } from '@storefront/platform/postgres/open.ts';
import { createMetrics } from '@storefront/platform/telemetry/metrics.ts';
import { MAILROOM_SCHEMA } from '../world/mailroom-tables.ts';
import type { MailroomAddress } from '../world/children.ts';

/** Opens what a child works with, at the address that it was given. */
export async function openParts(): Promise<{
  postgres: Postgres;
  bus: Bus;
  log: ReturnType<typeof createLog>;
  metrics: ReturnType<typeof createMetrics>;
}> {
  const { database, rabbitmq } = JSON.parse(process.argv[2] ?? '{}') as MailroomAddress;
  const log = createLog({ service: 'chaos', level: 'silent' });
  const metrics = createMetrics('chaos');
  const postgres = await openPostgres({ url: database, schema: MAILROOM_SCHEMA, entities: [], migrations: [], log });
  const bus = await openBus({ url: rabbitmq, log, name: 'chaos child' });
  return { postgres, bus, log, metrics };
}

/** Ends this process as a power cut would. */
export function die(): Promise<never> {
  process.kill(process.pid, 'SIGKILL');
  return new Promise<never>(() => undefined);
}
