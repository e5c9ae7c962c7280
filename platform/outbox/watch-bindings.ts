import type { Bus } from '../bus/bus.ts';
import type { QueueDefinition } from '../bus/topology.ts';
import { describeFault } from '../errors/coded-error.ts';
import type { Log } from '../log/log.ts';
import type { Postgres } from '../postgres/open.ts';
import { type Sweeper, startSweeper } from '../process/sweeper.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { outboxAlarm } from './watch-backlog.ts';

const CHECK_TIMEOUT_MS = 3_000;
/** Sent again are events of so much before the last good look too: clocks, and commits that were under way. */
const MARGIN_MS = 10_000;

/** What the watch works with. */
export interface BindingWatchDeps {
  readonly bus: Pick<Bus, 'declare'>;
  readonly postgres: Pick<Postgres, 'fork'>;
  readonly metrics: Metrics;
  readonly log: Log;
}

/** Whose bindings, and where one can see them. */
export interface BindingWatchOptions {
  /** RabbitMQ's management API, with credentials; without one nothing is watched. */
  readonly managementUrl: string | undefined;
  /** The broker: its path names the virtual host. */
  readonly brokerUrl: string;
  /** The exchange that this service publishes to. */
  readonly exchange: string;
  /** Every queue that there should be. */
  readonly queues: readonly QueueDefinition[];
  /** Default 5_000. */
  readonly everyMs?: number;
}

interface Binding {
  readonly destination: string;
  readonly routing_key: string;
}

/**
 * Sees to it that each queue gets what it should. A broker tells a publisher of an event that no queue takes, and not of one
 * that some queue should have taken and did not: for that its list of bindings is read every five seconds. When some are
 * gone they are declared again, every event that may have missed its queue is sent once more under its first id (consumers
 * take it for a repetition), and `outbox_alarm{cause="binding"}` is 1 until the next look finds all of them.
 */
export function startBindingWatch(deps: BindingWatchDeps, options: BindingWatchOptions): Sweeper | null {
  const { managementUrl, queues, exchange, everyMs = 5_000 } = options;
  if (managementUrl === undefined) return null;
  const read = createReader(managementUrl, options);
  const { bus, postgres, metrics, log } = deps;
  const alarm = outboxAlarm(metrics);
  let wellAt = performance.now();
  let mended: Mended | null = null;

  async function look(): Promise<number> {
    const lookedAt = performance.now();
    const found = await read().catch((error: unknown) => {
      log.debug({ cause: describeFault(error) }, 'the bindings cannot be looked at');
      return null;
    });
    if (found === null) return 0;
    const missing = expectedOf(queues, exchange).filter((binding) => !found.has(nameOf(binding)));
    alarm.set(missing.length > 0 ? 1 : 0, { cause: 'binding' });
    // What was on its way when the binding was put back is marked as sent by now.
    if (mended) await sendAgain(postgres, mended, { wasOnItsWay: true });
    mended = null;
    if (missing.length > 0) {
      log.error({ exchange, missing: missing.map(nameOf) }, 'bindings are gone, and are declared again');
      await bus.declare(queues);
      mended = {
        types: missing.map(({ routing_key: type }) => type),
        lostFrom: wellAt - MARGIN_MS,
        at: performance.now(),
      };
      await sendAgain(postgres, mended, { wasOnItsWay: false });
    }
    wellAt = lookedAt;
    return 0;
  }
  return startSweeper({ log }, { name: 'bindings', everyMs, batchSize: 1, sweep: look });
}

function createReader(
  managementUrl: string,
  { brokerUrl, exchange }: BindingWatchOptions,
): () => Promise<ReadonlySet<string>> {
  const base = new URL(managementUrl);
  const vhost = decodeURIComponent(new URL(brokerUrl).pathname.slice(1)) || '/';
  const url = new URL(`/api/exchanges/${encodeURIComponent(vhost)}/${exchange}/bindings/source`, base.origin);
  const credentials = `${decodeURIComponent(base.username)}:${decodeURIComponent(base.password)}`;
  const headers = { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
  return async () => {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(CHECK_TIMEOUT_MS) });
    if (!response.ok) throw new Error(`the management API answers ${response.status}`);
    return new Set(((await response.json()) as Binding[]).map(nameOf));
  };
}

function expectedOf(queues: readonly QueueDefinition[], exchange: string): Binding[] {
  return queues.flatMap(({ queue, bindings }) =>
    bindings
      .filter((binding) => binding.exchange === exchange)
      .flatMap(({ routingKeys }) => routingKeys.map((key) => ({ destination: queue, routing_key: key }))),
  );
}

const nameOf = ({ destination, routing_key: key }: Binding): string => `${key} -> ${destination}`;

/** What may have been lost: events of these types, from one moment of this process's clock to another. */
interface Mended {
  readonly types: readonly string[];
  readonly lostFrom: number;
  readonly at: number;
}

async function sendAgain(
  postgres: BindingWatchDeps['postgres'],
  { types, lostFrom, at }: Mended,
  { wasOnItsWay }: { readonly wasOnItsWay: boolean },
): Promise<void> {
  const now = performance.now();
  await postgres.fork().execute(
    `update outbox set published_at = null, not_before = null
     where type in (?) and published_at > now() - make_interval(secs => ?)
       and created_at <= now() - make_interval(secs => ?) ${wasOnItsWay ? 'and attempts = 1' : ''}`,
    [[...types], (now - lostFrom) / 1_000, (now - at) / 1_000],
    'run',
  );
}
