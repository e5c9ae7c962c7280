const slots = 10;

/** Counts what happened in the last ten seconds, second by second. Counting costs a comparison and an addition. */
export class RecentCount {
  readonly #bySecond = new Uint32Array(slots);
  #second = 0;
  #sum = 0;

  /** `nowMs` must not go backwards. */
  add(nowMs: number): void {
    this.#advance(nowMs);
    const slot = this.#second % slots;
    this.#bySecond[slot] = (this.#bySecond[slot] ?? 0) + 1;
    this.#sum += 1;
  }

  total(nowMs: number): number {
    this.#advance(nowMs);
    return this.#sum;
  }

  clear(): void {
    this.#bySecond.fill(0);
    this.#sum = 0;
  }

  #advance(nowMs: number): void {
    const second = Math.floor(nowMs / 1_000);
    if (second === this.#second) return;
    const first = Math.max(this.#second + 1, second - slots + 1);
    for (let passed = first; passed <= second; passed += 1) {
      const slot = passed % slots;
      this.#sum -= this.#bySecond[slot] ?? 0;
      this.#bySecond[slot] = 0;
    }
    this.#second = second;
  }
}
