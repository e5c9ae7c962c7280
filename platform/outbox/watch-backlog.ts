import type { Log } from '../log/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** What waits in an outbox. */
export interface Backlog {
  readonly pending: number;
  /** The age of the oldest row that waits, in milliseconds; 0 when none does. */
  readonly oldestAgeMs: number;
  /** How many wait because no queue took them when they were sent. */
  readonly unroutable: number;
}

/** What keeps an eye on an outbox. */
export interface BacklogWatch {
  /** Takes what a look has found; the age counts on from there. */
  looked(found: Backlog): void;
  /** The last look, its age up to now. */
  backlog(): Backlog;
  published(count: number): void;
  /** Counts sends in vain, by cause. */
  failed(cause: 'broker' | 'unroutable', count: number): void;
}

/** From what age of the oldest row on a backlog is an alarm. */
export const ALARM_AGE_MS = 10_000;

/** `outbox_alarm{cause}`: 1 while the outbox needs somebody. */
export function outboxAlarm(metrics: Metrics): ReturnType<Metrics['gauge']> {
  return metrics.gauge({ name: 'outbox_alarm', help: '1 while the outbox needs somebody.', labels: ['cause'] });
}

/**
 * Measures an outbox: `outbox_pending_events`, `outbox_oldest_pending_seconds`, `outbox_published_events_total`,
 * `outbox_publish_failures_total{cause}`, and `outbox_alarm{cause}`, which is 1 while the oldest row is older than 10 s
 * (`backlog`) or an event waits that no queue takes (`unroutable`). An alarm's beginning and end are logged too.
 */
export function watchBacklog({ metrics, log }: { metrics: Metrics; log: Log }, schema: string): BacklogWatch {
  let seen = { pending: 0, oldestAgeMs: 0, unroutable: 0, at: performance.now() };
  const raised = new Set<string>();
  const backlog = (): Backlog => {
    const { pending, unroutable } = seen;
    return { pending, unroutable, oldestAgeMs: pending === 0 ? 0 : seen.oldestAgeMs + performance.now() - seen.at };
  };
  const alarm = outboxAlarm(metrics);
  const published = metrics.counter({ name: 'outbox_published_events_total', help: 'Events that were confirmed.' });
  const failures = metrics.counter({
    name: 'outbox_publish_failures_total',
    help: 'Sends of events in vain.',
    labels: ['cause'],
  });
  metrics.gauge({ name: 'outbox_pending_events', help: 'Events that wait.' }, () => backlog().pending);
  metrics.gauge(
    { name: 'outbox_oldest_pending_seconds', help: 'The age of the oldest event that waits.' },
    () => backlog().oldestAgeMs / 1_000,
  );

  function judge(cause: 'backlog' | 'unroutable', isRaised: boolean): void {
    alarm.set(isRaised ? 1 : 0, { cause });
    if (isRaised === raised.has(cause)) return;
    if (isRaised) raised.add(cause);
    else raised.delete(cause);
    if (isRaised) log.error({ schema, cause, ...backlog() }, 'the outbox needs somebody');
    else log.info({ schema, cause }, 'the outbox is well again');
  }
  return {
    looked: (found) => {
      seen = { ...found, at: performance.now() };
      judge('backlog', found.oldestAgeMs > ALARM_AGE_MS);
      judge('unroutable', found.unroutable > 0);
    },
    backlog,
    published: (count) => published.add({}, count),
    failed: (cause, count) => failures.add({ cause }, count),
  };
}
