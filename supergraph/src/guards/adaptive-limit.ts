/** When the limit moves. */
export interface AdaptiveLimitOptions {
  /** Work is late by so much: too much is under way. Default 50. */
  readonly lagMs?: number;
  /** Requests take so long on average: what is behind has too much to do. Default 1,000. */
  readonly latencyMs?: number;
  /** The limit never falls below, and never rises above. Default 32 and 4,096. */
  readonly least?: number;
  readonly most?: number;
  /** What clients of bulk may have of the limit. Default 0.5. */
  readonly bulkShare?: number;
}

/** How the limit stands. */
export interface LimitState {
  readonly limit: number;
  readonly inFlight: number;
  /** How late the event loop was of late. */
  readonly lagMs: number;
  /** How many were refused since the start: clients of bulk beyond their share, and all others. */
  readonly refused: { readonly bulk: number; readonly others: number };
}

const first = 256;
const fewest = 5;

/**
 * How many requests may be under way at once: found out by trying (additive increase, multiplicative decrease, as in TCP). While the event loop is late or
 * requests take too long the limit shrinks by a seventh of what is under way at each `adapt`; while they do not and the limit is nearly reached, it grows by a twentieth.
 * Requests are refused beyond it, so that those that are admitted are answered in time. Plain numbers: it is asked with each request.
 */
export class AdaptiveLimit {
  readonly #options: Required<AdaptiveLimitOptions>;
  #limit: number;
  #inFlight = 0;
  #peak = 0;
  #lagMs = 0;
  readonly #refused = { bulk: 0, others: 0 };
  #ended = 0;
  #tookMs = 0;

  constructor({ lagMs = 50, latencyMs = 1_000, least = 32, most = 4_096, bulkShare = 0.5 }: AdaptiveLimitOptions = {}) {
    this.#options = { lagMs, latencyMs, least, most, bulkShare };
    this.#limit = Math.min(first, most);
  }

  get state(): LimitState {
    const refused = { ...this.#refused };
    return { limit: Math.round(this.#limit), inFlight: this.#inFlight, lagMs: this.#lagMs, refused };
  }

  /** True when a request may begin; it is then counted until `end`. */
  begin(isBulk: boolean): boolean {
    if (this.#inFlight >= (isBulk ? this.#limit * this.#options.bulkShare : this.#limit)) {
      this.#refused[isBulk ? 'bulk' : 'others'] += 1;
      return false;
    }
    this.#inFlight += 1;
    if (this.#inFlight > this.#peak) this.#peak = this.#inFlight;
    return true;
  }

  end(tookMs: number): void {
    this.#inFlight -= 1;
    this.#ended += 1;
    this.#tookMs += tookMs;
  }

  /** Moves the limit by what was seen since the last time. `lagMs`: how late the event loop was at most. */
  adapt(lagMs: number): void {
    const { lagMs: mostLagMs, latencyMs, least, most } = this.#options;
    const isSlow = this.#ended >= fewest && this.#tookMs / this.#ended > latencyMs;
    if (lagMs > mostLagMs || isSlow) this.#limit = Math.max(least, Math.min(this.#limit, this.#peak) * 0.85);
    else if (this.#peak > this.#limit * 0.7) this.#limit = Math.min(most, this.#limit * 1.05 + 1);
    this.#lagMs = lagMs;
    this.#peak = this.#inFlight;
    this.#ended = 0;
    this.#tookMs = 0;
  }
}
