import type { Instance } from '@storefront/platform/discovery/discovery.ts';
import { RecentCount } from './recent-count.ts';

/**
 * `closed`: takes requests. `open`: set aside, takes none until it answers a probe. `half-open`: has answered the probe, and
 * takes one request at a time on trial.
 */
export type Phase = 'closed' | 'open' | 'half-open';

/** When an instance is set aside, and how it comes back. All in milliseconds but the first three. */
export interface BreakerOptions {
  /** So many failures with nothing good in between. Default 5. */
  readonly consecutiveFailures: number;
  /** Or this share of at least so many requests in ten seconds. Default 0.5 of 20. */
  readonly failureShare: number;
  readonly leastRequests: number;
  /** How long it is left alone at first; doubles each time that it fails again, up to the longest. Default 5,000 and 60,000. */
  readonly openMs: number;
  readonly longestOpenMs: number;
  /** How often each is asked while a whole subgraph is set aside. Default 1,000. */
  readonly urgentProbeMs: number;
  /** How long nothing good may have come from anybody before a whole subgraph is set aside. Default 500. */
  readonly quietMs: number;
  /** How long it takes a newcomer to get its full share. Default 10,000. */
  readonly slowStartMs: number;
}

export const breakerDefaults: BreakerOptions = Object.freeze({
  consecutiveFailures: 5,
  failureShare: 0.5,
  leastRequests: 20,
  openMs: 5_000,
  longestOpenMs: 60_000,
  urgentProbeMs: 1_000,
  quietMs: 500,
  slowStartMs: 10_000,
});

/** How much of the newest latency goes into the average. */
const newest = 0.1;
/** After so long without an answer the average counts for a third. */
const forgetMs = 5_000;
const leastLatencyMs = 0.1;
const leastWeight = 0.1;
/** What differs by less is equal. */
const leastDifference = 0.1;

/** One instance as its balancer sees it: plain numbers, for they change with each request. */
export class Target {
  instance: Instance;
  phase: Phase = 'closed';
  inFlight = 0;
  /** True while a request is on trial. */
  isOnTrial = false;
  /** How often it was set aside without a good time in between. */
  ejections = 0;
  /** When it was set aside or came back the last time. */
  changedAtMs = 0;
  /** Failures since the last success; `outages` are those with nothing usable in the answer. */
  failures = 0;
  outages = 0;
  /** Until when it is a newcomer. */
  warmAtMs = 0;
  probe: NodeJS.Timeout | undefined;
  readonly #calls = new RecentCount();
  readonly #failed = new RecentCount();
  #latencyMs = 0;
  #measuredAtMs = 0;

  constructor(instance: Instance) {
    this.instance = instance;
  }

  succeeded(nowMs: number, tookMs: number): void {
    this.failures = 0;
    this.outages = 0;
    this.#calls.add(nowMs);
    this.#measure(nowMs, tookMs);
  }

  /** Whoever fails fast gains nothing by it, and whoever was waited for in vain is taken for as slow as that. */
  failed(nowMs: number, tookMs: number, isOutage: boolean): void {
    this.failures += 1;
    if (isOutage) this.outages += 1;
    this.#calls.add(nowMs);
    this.#failed.add(nowMs);
    if (tookMs > this.#latencyMs) {
      this.#latencyMs = tookMs;
      this.#measuredAtMs = nowMs;
    }
  }

  /** True when its failures are reason enough to set it aside. */
  isBad(nowMs: number, { consecutiveFailures, failureShare, leastRequests }: BreakerOptions): boolean {
    if (this.failures >= consecutiveFailures) return true;
    const calls = this.#calls.total(nowMs);
    return calls >= leastRequests && this.#failed.total(nowMs) >= calls * failureShare;
  }

  /** Begins anew, as one of whom nothing is known. */
  forget(): void {
    this.failures = 0;
    this.outages = 0;
    this.#calls.clear();
    this.#failed.clear();
    this.#latencyMs = 0;
  }

  /** The average of what answers took, 0 when nothing is known. */
  get latencyMs(): number {
    return this.#latencyMs;
  }

  /** How far `latencyMs` can be believed, from 1 down to 0: less with each second that nothing was heard. */
  certainty(nowMs: number): number {
    if (this.#latencyMs === 0) return 0;
    const idleMs = nowMs - this.#measuredAtMs;
    return idleMs < 1_000 ? 1 : Math.exp(-idleMs / forgetMs);
  }

  /** The share of its requests that a newcomer gets, below 1 until it is warm. */
  weight(nowMs: number, slowStartMs: number): number {
    return this.warmAtMs <= nowMs ? 1 : Math.max(leastWeight, 1 - (this.warmAtMs - nowMs) / slowStartMs);
  }

  #measure(nowMs: number, tookMs: number): void {
    const isNew = this.#latencyMs === 0 || nowMs - this.#measuredAtMs > 2 * forgetMs;
    this.#latencyMs = isNew ? tookMs : this.#latencyMs + (tookMs - this.#latencyMs) * newest;
    this.#measuredAtMs = nowMs;
  }
}

/**
 * The one at which a request has less time before it and of its own: requests in flight times latency. Whoever was not heard of for a while is
 * taken for no faster or slower than the other, so that it is tried again, and so that one that is frozen gets no more than its share. Of equals it is `a`.
 */
export function pickBetter(a: Target, b: Target, nowMs: number): Target {
  const [sureOfA, sureOfB] = [a.certainty(nowMs), b.certainty(nowMs)];
  const usualMs = Math.max(leastLatencyMs, sureOfA >= sureOfB ? a.latencyMs : b.latencyMs);
  const costOfA = (a.inFlight + 1) * (usualMs + (Math.max(leastLatencyMs, a.latencyMs) - usualMs) * sureOfA);
  const costOfB = (b.inFlight + 1) * (usualMs + (Math.max(leastLatencyMs, b.latencyMs) - usualMs) * sureOfB);
  return costOfB < costOfA * (1 - leastDifference) ? b : a;
}
