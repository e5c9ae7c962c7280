import { RecentCount } from './recent-count.ts';

/** How much may be sent twice. */
export interface RetryBudgetOptions {
  /** The share of the requests of the last ten seconds. Default 0.2. */
  readonly share?: number;
  /** What is allowed within ten seconds however few requests there are. Default 10. */
  readonly least?: number;
}

/**
 * Bounds what second attempts add to a subgraph's load, so that it does not grow when the subgraph is weak.
 * Source: sre.google/sre-book/handling-overload, "per-client retry budget"
 */
export class RetryBudget {
  readonly #requests = new RecentCount();
  readonly #retries = new RecentCount();
  readonly #share: number;
  readonly #least: number;
  /** How many it did not allow since the start. */
  withheld = 0;

  constructor({ share = 0.2, least = 10 }: RetryBudgetOptions = {}) {
    this.#share = share;
    this.#least = least;
  }

  /** A request is made for the first time. */
  earn(nowMs: number): void {
    this.#requests.add(nowMs);
  }

  /** True when one may be made for the second time, which is then counted. */
  spend(nowMs: number): boolean {
    const allowed = Math.max(this.#least, Math.floor(this.#requests.total(nowMs) * this.#share));
    if (this.#retries.total(nowMs) >= allowed) {
      this.withheld += 1;
      return false;
    }
    this.#retries.add(nowMs);
    return true;
  }
}
