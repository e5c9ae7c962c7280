/** When the limit moves. */
export interface AdaptiveLimitOptions {
  /** Work is late by so much: too much is under way. Default 50. */
  readonly lagMs?: number;
  /** Requests take so long on average: what is behind has too much to do. Default 1,000. */
  readonly latencyMs?: number;
  /** While they take no longer on average, none is refused for the others' sake. Default 100. */
  readonly fineMs?: number;
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

/** Where it begins: a burst that is bearable whatever is asked. */
const first = 64;
/** So many answers tell a mean. */
const fewest = 5;
/** Nobody was refused for so many turns: there is room. */
const calmTurns = 10;
/** A trial moves the limit by this factor, and measures so many answers to requests that were admitted after that. */
const step = 1.4;
const sample = 64;

/**
 * How many requests may be under way at once: found out by trying. Requests are refused beyond it, so that those that are admitted are answered in time.
 * - While the event loop is late or requests take too long, it shrinks by a seventh of what is under way with each `adapt`.
 * - While nobody is refused, it grows ahead of what is asked of it.
 * - While some are refused, it looks for the knee, the most that can be under way without one waiting for the other. What is under way is what is done in a
 *   second times how long it takes (Little's law): a larger limit that makes requests take as much longer has gained nothing, one that leaves their time as
 *   it was has gained it all. So each trial moves the limit by a step, up or down, and the next goes on or turns, by whether their time moved by
 *   less or more than half of that step. Requests that are answered soon may wait for each other.
 *
 * Plain numbers: it is asked with each request.
 */
export class AdaptiveLimit {
  readonly #options: Required<AdaptiveLimitOptions>;
  readonly #refused = { bulk: 0, others: 0 };
  #limit: number;
  #inFlight = 0;
  #lagMs = 0;
  /** Since the last `adapt`. */
  #window = { peak: 0, ended: 0, tookMs: 0 };
  #calmFor = calmTurns;
  #isGrowing = false;
  #trial: Trial = newTrial();
  #trialBefore: Finding | null = null;

  constructor({
    lagMs = 50,
    latencyMs = 1_000,
    fineMs = 100,
    least = 32,
    most = 4_096,
    bulkShare = 0.5,
  }: AdaptiveLimitOptions = {}) {
    this.#options = { lagMs, latencyMs, fineMs, least, most, bulkShare };
    this.#limit = Math.min(first, most);
  }

  get state(): LimitState {
    const refused = { ...this.#refused };
    return { limit: Math.round(this.#limit), inFlight: this.#inFlight, lagMs: this.#lagMs, refused };
  }

  /** True when a request may begin; it is then counted until `end`. */
  begin(isBulk: boolean): boolean {
    const allowed = isBulk ? this.#limit * this.#options.bulkShare : this.#limit;
    if (this.#inFlight >= allowed) {
      this.#refused[isBulk ? 'bulk' : 'others'] += 1;
      this.#calmFor = 0;
      if (this.#trial.toSkip === Infinity && this.#inFlight < allowed + 1) this.#trial.toSkip = this.#inFlight;
      return false;
    }
    this.#inFlight += 1;
    if (this.#inFlight > this.#window.peak) this.#window.peak = this.#inFlight;
    return true;
  }

  end(tookMs: number): void {
    this.#inFlight -= 1;
    this.#window.ended += 1;
    this.#window.tookMs += tookMs;
    if (this.#trial.toSkip > 0) {
      this.#trial.toSkip -= 1;
      return;
    }
    this.#trial.ended += 1;
    this.#trial.tookMs += tookMs;
  }

  /** Moves the limit by what was seen since the last time. `lagMs`: how late the event loop was at most. */
  adapt(lagMs: number): void {
    const { peak, ended, tookMs } = this.#window;
    const isSlow = ended >= fewest && tookMs / ended > this.#options.latencyMs;
    if (lagMs > this.#options.lagMs || isSlow) this.#retreat(peak);
    else if (this.#calmFor >= calmTurns) this.#growAhead(peak);
    else if (this.#trial.ended >= sample) this.#endTrial();
    this.#lagMs = lagMs;
    this.#calmFor += 1;
    this.#window = { peak: this.#inFlight, ended: 0, tookMs: 0 };
  }

  /** When few are under way, their number is not what makes them late. */
  #retreat(peak: number): void {
    if (peak > this.#options.least) this.#moveTo(Math.min(this.#limit, peak) * 0.85, null);
  }

  #growAhead(peak: number): void {
    if (this.#limit < first || peak > this.#limit * 0.7) this.#moveTo(this.#limit * 1.05 + 1, null);
  }

  #endTrial(): void {
    const { least, fineMs } = this.#options;
    const { ended, tookMs } = this.#trial;
    const found = { limit: this.#limit, meanMs: tookMs / ended };
    const before = this.#trialBefore;
    const isVain = before !== null && found.meanMs / before.meanMs > Math.sqrt(found.limit / before.limit);
    this.#isGrowing = this.#limit <= least || found.meanMs < fineMs || this.#isGrowing !== isVain;
    this.#moveTo(this.#isGrowing ? this.#limit * step : this.#limit / step, found);
  }

  #moveTo(limit: number, trialBefore: Finding | null): void {
    this.#limit = Math.min(this.#options.most, Math.max(this.#options.least, limit));
    this.#trialBefore = trialBefore;
    this.#trial = newTrial();
  }
}

/** What is measured at a limit. */
interface Trial {
  /** Requests that were admitted before as many were under way as the limit allows: they did not wait for so many. Infinity until then. */
  toSkip: number;
  ended: number;
  tookMs: number;
}

const newTrial = (): Trial => ({ toSkip: Infinity, ended: 0, tookMs: 0 });

/** How long requests took on average at a limit. */
interface Finding {
  readonly limit: number;
  readonly meanMs: number;
}
