import { LeanSignal, type Signal } from './signal.ts';

/** A piece of time within which something must be done. */
export interface Budget {
  /** Aborted when the time is spent or the parent is aborted. */
  readonly signal: Signal;
  /** True when the time ran out, and not the parent's patience. */
  readonly isSpent: boolean;
  /** Gives up before the time is spent. */
  cancel(): void;
  /** Gives timer and listener back; call it when the thing is done. */
  end(): void;
}

/** Starts a budget. Unlike `AbortSignal.any` with `AbortSignal.timeout` it leaves nothing behind on a parent that lives long. */
export function startBudget(parent: Signal, timeoutMs: number): Budget {
  return new RunningBudget(parent, timeoutMs);
}

/**
 * True when a budget's signal was aborted since the time ran out. The clock cannot tell: timers run by the event loop's time, which may
 * be ahead of it.
 */
export function isOutOfTime({ reason }: Pick<Signal, 'reason'>): boolean {
  return reason instanceof DOMException && reason.name === 'TimeoutError';
}

/** A class for the sake of its accessor: in a literal it would make a hidden class for each request, and keep that alive. */
class RunningBudget implements Budget {
  readonly #parent: Signal;
  readonly #over = new LeanSignal();
  readonly #timer: NodeJS.Timeout;
  #isSpent = false;

  constructor(parent: Signal, timeoutMs: number) {
    this.#parent = parent;
    this.#timer = setTimeout(() => this.#spend(), Math.max(0, timeoutMs));
    if (parent.aborted) this.#giveUp();
    else parent.addEventListener('abort', this.#giveUp);
  }

  get signal(): Signal {
    return this.#over;
  }

  get isSpent(): boolean {
    return this.#isSpent;
  }

  cancel(): void {
    this.#over.abort(new DOMException('nobody waits any more', 'AbortError'));
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#parent.removeEventListener('abort', this.#giveUp);
  }

  #spend(): void {
    this.#isSpent = true;
    this.#over.abort(new DOMException('the time is spent', 'TimeoutError'));
  }

  readonly #giveUp = (): void => this.#over.abort(this.#parent.reason);
}
