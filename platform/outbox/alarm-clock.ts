/** Wakes somebody who rests, at the earliest of the times that were asked for. */
export interface AlarmClock {
  /** Aborts when it is time to wake. */
  readonly signal: AbortSignal;
  /** Asks to be woken in so many milliseconds; 0 wakes at once. */
  wakeIn(ms: number): void;
  /** Forgets what was asked for: a new signal. */
  rewind(): void;
}

/** An alarm clock that nobody has asked anything of. It does not keep the process alive. */
export function createAlarmClock(): AlarmClock {
  let controller = new AbortController();
  let wakesAt = Infinity;
  return {
    get signal() {
      return controller.signal;
    },
    wakeIn(ms) {
      if (ms === 0) return controller.abort();
      const dueAt = performance.now() + ms;
      if (dueAt >= wakesAt) return;
      wakesAt = dueAt;
      const asked = controller;
      setTimeout(() => asked.abort(), ms).unref();
    },
    rewind() {
      controller = new AbortController();
      wakesAt = Infinity;
    },
  };
}
