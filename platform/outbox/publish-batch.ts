import { type Bus, UnroutableEvent } from '../bus/bus.ts';
import { backOffMs, type BackOffLimits } from '../back-off/back-off.ts';
import { type ClaimedMessage, SENDING_TIME_MS, type Settlement } from './claims.ts';

/** How long what failed is left alone: a row that no queue takes, a broker that cannot be used. */
export const publishBackOff: BackOffLimits = Object.freeze({ firstMs: 200, longestMs: 30_000 });

/** What became of a batch, and what went wrong. */
export interface BatchResult extends Settlement {
  /** The broker could not be used; nothing more was tried. */
  readonly fault: unknown;
  /** What no queue takes. */
  readonly unroutable: readonly UnroutableEvent[];
}

/**
 * Publishes a claimed batch: subjects side by side, the events of one subject each after the confirm of the one before.
 * A subject stops at its first fault; all stop when the broker cannot be used, when the time of the claim is over, or on
 * `signal`. Never throws: what went wrong is in the result.
 */
export async function publishBatch(
  bus: Pick<Bus, 'publish'>,
  messages: readonly ClaimedMessage[],
  signal: AbortSignal,
): Promise<BatchResult> {
  const deadline = performance.now() + SENDING_TIME_MS;
  const publishedIds: string[] = [];
  const failed: { id: string; pauseMs: number }[] = [];
  const unroutable: UnroutableEvent[] = [];
  let fault: unknown;

  async function publishSubject(rows: readonly ClaimedMessage[]): Promise<void> {
    for (const { id, event, exchange, attempts } of rows) {
      if (fault || signal.aborted || performance.now() > deadline) return;
      try {
        await bus.publish(event, exchange);
        publishedIds.push(id);
      } catch (error) {
        if (error instanceof UnroutableEvent) {
          unroutable.push(error);
          failed.push({ id, pauseMs: backOffMs(attempts + 1, publishBackOff) });
        } else fault ??= error;
        return;
      }
    }
  }

  await Promise.all([...Map.groupBy(messages, ({ subject }) => subject).values()].map(publishSubject));
  const tried = new Set([...publishedIds, ...failed.map(({ id }) => id)]);
  const untriedIds = messages.map(({ id }) => id).filter((id) => !tried.has(id));
  return { publishedIds, failed, untriedIds, fault, unroutable };
}
