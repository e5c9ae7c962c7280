/** A piece of time within which something must be done. */
export interface Budget {
  /** Aborted when the time is spent or the parent is aborted. */
  readonly signal: AbortSignal;
  /** True when the time ran out, and not the parent's patience. */
  readonly isSpent: boolean;
  /** Gives timer and listener back; call it when the thing is done. */
  end(): void;
}

/** Starts a budget. Unlike `AbortSignal.any` with `AbortSignal.timeout` it leaves nothing behind on a parent that lives long. */
export function startBudget(parent: AbortSignal, timeoutMs: number): Budget {
  const controller = new AbortController();
  let isSpent = false;
  const giveUp = () => controller.abort(parent.reason);
  const timer = setTimeout(
    () => {
      isSpent = true;
      controller.abort(new DOMException('the time is spent', 'TimeoutError'));
    },
    Math.max(0, timeoutMs),
  );
  if (parent.aborted) giveUp();
  else parent.addEventListener('abort', giveUp, { once: true });
  return {
    signal: controller.signal,
    get isSpent() {
      return isSpent;
    },
    end() {
      clearTimeout(timer);
      parent.removeEventListener('abort', giveUp);
    },
  };
}
