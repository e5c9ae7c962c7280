import { backOffMs, pause } from '../back-off/back-off.ts';
import { describeFault } from '../errors/coded-error.ts';
import type { Log } from '../log/log.ts';
import type { BlockingQuery, Indexed } from './consul-client.ts';

/** Something that goes on until it is closed. */
export interface Watch {
  close(): void;
}

/** What is watched and who is told. `name` is for the log. */
export interface WatchOptions<T> {
  readonly name: string;
  readonly fetch: (query: BlockingQuery) => Promise<Indexed<T>>;
  readonly onChange: (value: T) => void;
  /** True for a value whose index is not to be believed: the next one is not waited for behind it. Default: none. */
  readonly isDoubtful?: (value: T) => boolean;
}

const waitMs = 30_000;
/** How long Consul is left alone when it does not answer. */
export const consulBackOff = Object.freeze({ firstMs: 250, longestMs: 5_000 });
const queriesPerSecond = 2;
const burst = 4;

/**
 * Follows a value in Consul by blocking queries until it is closed: tells the first value, then each that differs from the
 * one before. A fault is never told as a value: the last one stands while the watch tries again after 0.25 to 5 s, with
 * jitter. At most two queries a second, four at once after a pause. The index starts again from 0 after a fault and when it goes
 * backwards or the value is doubtful, and is never below 1. Source: developer.hashicorp.com/consul/api-docs/features/blocking
 */
export function startWatch<T>({ log }: { log: Log }, options: WatchOptions<T>): Watch {
  const stop = new AbortController();
  void follow(log, options, stop.signal);
  return { close: () => stop.abort() };
}

async function follow<T>(log: Log, options: WatchOptions<T>, signal: AbortSignal): Promise<void> {
  const { name, fetch, onChange, isDoubtful } = options;
  const takeTurn = limitRate();
  let index = 0;
  let failures = 0;
  let told: string | undefined;

  while (!signal.aborted) {
    try {
      await takeTurn(signal);
      const answer = await fetch({ index, waitMs, signal });
      if (signal.aborted) return;
      if (failures > 0) log.info({ watch: name }, 'Consul answers again');
      failures = 0;
      index = isDoubtful?.(answer.value) ? 0 : nextIndex(index, answer.index);
      const text = JSON.stringify(answer.value);
      if (text !== told) tell(log, name, () => onChange(answer.value));
      told = text;
    } catch (fault) {
      if (signal.aborted) return;
      failures += 1;
      index = 0; // whoever answers next may count differently
      const facts = { watch: name, failures, cause: describeFault(fault) };
      if (failures === 1) log.warn(facts, 'Consul does not answer: what is known stays');
      else log.debug(facts, 'Consul still does not answer');
      await pause(backOffMs(failures, consulBackOff), signal);
    }
  }
}

function tell(log: Log, watch: string, onChange: () => void): void {
  try {
    onChange();
  } catch (err) {
    log.error({ err, watch }, 'a change could not be taken in');
  }
}

function nextIndex(before: number, given: number): number {
  return given < before ? 0 : Math.max(1, given);
}

function limitRate(): (signal: AbortSignal) => Promise<void> {
  let turns = burst;
  let filledAtMs = performance.now();
  return async (signal) => {
    const nowMs = performance.now();
    turns = Math.min(burst, turns + ((nowMs - filledAtMs) / 1000) * queriesPerSecond);
    filledAtMs = nowMs;
    turns -= 1;
    if (turns < 0) await pause((-turns / queriesPerSecond) * 1000, signal);
    signal.throwIfAborted();
  };
}
