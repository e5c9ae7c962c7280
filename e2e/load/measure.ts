/** What one kind of request came to. */
export interface Measured {
  readonly count: number;
  /** Requests without what they asked for, but those that were shed. */
  readonly failed: number;
  /** Requests that were refused at once since too much was under way (OVERLOADED). */
  readonly shed: number;
  /** Both by their codes: what they failed of. */
  readonly codes: Readonly<Record<string, number>>;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** For each second of the run: how many ended, and the longest of them. */
  readonly perSecond: readonly { readonly count: number; readonly longestMs: number }[];
}

const shedCode = 'OVERLOADED';

/** Takes down how long things took, and when. */
export class Meter {
  readonly #startedAtMs: number;
  readonly #tookMs: number[] = [];
  readonly #seconds: { count: number; longestMs: number }[] = [];
  readonly #codes: Record<string, number> = {};

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

  /** Takes down one that did not get what it asked for. */
  fail(code: string): void {
    this.#codes[code] = (this.#codes[code] ?? 0) + 1;
  }

  result(): Measured {
    const sorted = this.#tookMs.toSorted((a, b) => a - b);
    const at = (part: number) => Math.round((sorted[Math.floor(part * (sorted.length - 1))] ?? 0) * 10) / 10;
    const [p50Ms, p95Ms, p99Ms] = [at(0.5), at(0.95), at(0.99)];
    const { [shedCode]: shed = 0, ...others } = this.#codes;
    const failed = Object.values(others).reduce((sum, count) => sum + count, 0);
    const codes = { ...this.#codes };
    return { count: sorted.length, failed, shed, codes, p50Ms, p95Ms, p99Ms, perSecond: this.#seconds };
  }
}
