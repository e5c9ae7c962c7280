import { randomBytes, randomUUIDv7 } from 'node:crypto';
import { openBus } from '@storefront/platform/bus/bus.ts';
import { appendEvents } from '@storefront/platform/outbox/append-events.ts';
import { type Relay, startRelay } from '@storefront/platform/outbox/relay.ts';
import { openPostgres } from '@storefront/platform/postgres/open.ts';
import { createDatabase, provisionSchema } from '@storefront/platform/postgres/provision.ts';
import { createMetrics } from '@storefront/platform/telemetry/metrics.ts';
import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { testPublished } from '@storefront/schema/events/test-published.ts';
import type { MailroomAddress } from './children.ts';
import { effectOf, MAILROOM_SCHEMA, mailroomQueue, MailroomTables } from './mailroom-tables.ts';
import { createManagement } from './management.ts';
import type { World } from './world.ts';

/** An outbox, a broker and an inbox, and nobody else: a database and a virtual host of a scenario's own. */
export interface Mailroom {
  readonly address: MailroomAddress;
  readonly queue: string;
  /** Writes events into the outbox, in one transaction; `subjectOf` names the subject of each. */
  append(count: number, subjectOf: (index: number) => string): Promise<void>;
  startRelay(): Promise<Relay>;
  pending(): Promise<number>;
  /** Ends the leases of relays that died, as their time would. */
  endLeases(): Promise<void>;
  declare(): Promise<void>;
  consume(handle: (event: DomainEvent) => Promise<void>): Promise<void>;
  /** Has the effect of each event once, and counts. */
  countEffects(): Promise<{ deliveries(): number; effects(): number }>;
  /** What is wrong when there should be so many effects. */
  checkEffects(count: number): Promise<string[]>;
  /** Takes down what comes, in its order. */
  watchOrder(): Promise<{ count(): number; events(): readonly DomainEvent[] }>;
  /** What is wrong with the order of what came, compared with the outbox, subject by subject; repetitions are fine. */
  compareOrder(came: readonly DomainEvent[]): Promise<string[]>;
  close(): Promise<void>;
}

/** Opens a mailroom on the servers of a world. */
export async function openMailroom(
  world: World,
  options: { retryDelaysMs?: readonly number[] } = {},
): Promise<Mailroom> {
  const { servers, log } = world;
  const name = `mailroom_${randomBytes(4).toString('hex')}`;
  const adminUrl = await createDatabase({ adminUrl: servers.postgres.url, name });
  const database = await provisionSchema({ adminUrl, schema: MAILROOM_SCHEMA, role: name, password: name });
  const management = createManagement(servers.named.rabbitmqManagement);
  const rabbitmq = await management.createVhost(servers.rabbitmq.url, name);
  const postgres = await openPostgres({
    url: database,
    schema: MAILROOM_SCHEMA,
    entities: [],
    migrations: [MailroomTables],
    statementTimeoutMs: 10_000,
    log,
  });
  await postgres.migrate();
  const bus = await openBus({ url: rabbitmq, log, name: 'chaos', ...options });
  const query = <Row>(sql: string) => postgres.fork().execute<Row[]>(sql);
  const room: Mailroom = {
    address: { database, rabbitmq },
    queue: mailroomQueue.queue,
    append: (count, subjectOf) =>
      postgres.fork().transactional(async (em) => {
        const events = Array.from({ length: count }, (_, index) => anEvent(subjectOf(index)));
        await appendEvents(em, events);
      }),
    startRelay: () => startRelay({ postgres, bus, metrics: createMetrics('chaos'), log }, { schema: MAILROOM_SCHEMA }),
    pending: async () => (await query('select from outbox where published_at is null')).length,
    endLeases: async () =>
      void (await query('update outbox set not_before = null where published_at is null returning 1')),
    declare: () => bus.declare([mailroomQueue]),
    consume: async (handle) => void (await bus.consume({ ...mailroomQueue, handle })),
    countEffects: async () => {
      let [deliveries, effects] = [0, 0];
      await room.consume(async (event) => {
        deliveries += 1;
        if ((await effectOf(postgres, event)) === 'applied') effects += 1;
      });
      return { deliveries: () => deliveries, effects: () => effects };
    },
    checkEffects: async (count) => {
      const rows = await query<{ n: string }>('select count(*) as n from effects group by event_id');
      const several = rows.filter(({ n }) => Number(n) !== 1).length;
      return [
        ...(rows.length === count ? [] : [`${rows.length} events had an effect, and not ${count}`]),
        ...(several === 0 ? [] : [`${several} events had several effects`]),
      ];
    },
    watchOrder: async () => {
      const came: DomainEvent[] = [];
      const ids = new Set<string>();
      const handle = async (event: DomainEvent) => {
        came.push(event);
        ids.add(event.id);
      };
      await bus.consume({ ...mailroomQueue, prefetch: 200, handle });
      return { count: () => ids.size, events: () => came };
    },
    compareOrder: async (came) => {
      const rows = await query<{ id: string; subject: string }>(
        "select id, event->>'subject' as subject from outbox order by position",
      );
      return compareOrder(rows, came);
    },
    close: async () => {
      await bus.close();
      await postgres.close();
      await management.deleteVhost(name);
    },
  };
  return room;
}

function anEvent(subject: string): DomainEvent {
  const facts = { id: randomUUIDv7(), source: 'orders', subject, time: new Date(), audience: [] };
  return testPublished.create({ ...facts, data: { userId: '1', message: subject } });
}

function compareOrder(sent: readonly { id: string; subject: string }[], came: readonly DomainEvent[]): string[] {
  const firsts = [...new Map(came.map((event) => [event.id, event])).values()];
  const bySubject = Map.groupBy(firsts, ({ subject }) => subject);
  let [missing, swapped] = [0, 0];
  for (const [subject, rows] of Map.groupBy(sent, (row) => row.subject)) {
    const ids = bySubject.get(subject)?.map(({ id }) => id) ?? [];
    missing += rows.length - ids.length;
    if (ids.length === rows.length && rows.some(({ id }, index) => id !== ids[index])) swapped += 1;
  }
  return [
    ...(missing === 0 ? [] : [`${missing} events did not come`]),
    ...(swapped === 0 ? [] : [`${swapped} subjects came in another order`]),
  ];
}
