/** What one kind of request came to. */
export interface Measured {
  readonly count: number;
  readonly failed: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** For each second of the run: how many ended, and the longest of them. */
  readonly perSecond: readonly { readonly count: number; readonly longestMs: number }[];
}

/** Takes down how long things took, and when. */
export class Meter {
  readonly #startedAtMs: number;
  readonly #tookMs: number[] = [];
  readonly #seconds: { count: number; longestMs: number }[] = [];
  #failed = 0;

  constructor(startedAtMs: number) {
    this.#startedAtMs = startedAtMs;
  }

  /** Takes down one that has ended now. */
  add(tookMs: number): void {
    this.#tookMs.push(tookMs);
    const second = Math.floor((performance.now() - this.#startedAtMs) / 1_000);
    while (this.#seconds.length <= second) this.#seconds.push({ count: 0, longestMs: 0 });
    const entry = this.#seconds[second];
    if (!entry) return;
    entry.count += 1;
    entry.longestMs = Math.max(entry.longestMs, tookMs);
  }

  fail(): void {
    this.#failed += 1;
  }

  result(): Measured {
    const sorted = this.#tookMs.toSorted((a, b) => a - b);
    const at = (part: number) => Math.round((sorted[Math.floor(part * (sorted.length - 1))] ?? 0) * 10) / 10;
    const [p50Ms, p95Ms, p99Ms] = [at(0.5), at(0.95), at(0.99)];
    return { count: sorted.length, failed: this.#failed, p50Ms, p95Ms, p99Ms, perSecond: this.#seconds };
  }
}
