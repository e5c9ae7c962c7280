/*
 * A circuit breaker as a value. CLOSED counts failures in a row; at `threshold` it opens. OPEN refuses until `openMs`
 * have passed, then lets one call through (HALF-OPEN): its success closes the circuit, its failure opens it again.
 * Pure: every function takes the time and returns the next state. Source: Nygard, Release It!, "Circuit Breaker"
 */

/** Where a circuit stands. Times are milliseconds of one clock. */
export type BreakerState =
  | { readonly phase: 'closed'; readonly failures: number }
  | { readonly phase: 'open'; readonly untilMs: number }
  | { readonly phase: 'half-open'; readonly untilMs: number };

/** When a circuit opens, and for how long. */
export interface BreakerLimits {
  /** Failures in a row. */
  readonly threshold: number;
  readonly openMs: number;
}

/** A circuit that nothing has gone through. */
export const closedBreaker: BreakerState = Object.freeze({ phase: 'closed', failures: 0 });

/** Asks for a call. A trial that never reports back is given up after `openMs`, and the next call is the trial. */
export function admit(
  state: BreakerState,
  nowMs: number,
  { openMs }: BreakerLimits,
): { readonly isAdmitted: boolean; readonly state: BreakerState } {
  if (state.phase === 'closed') return { isAdmitted: true, state };
  if (nowMs < state.untilMs) return { isAdmitted: false, state };
  return { isAdmitted: true, state: { phase: 'half-open', untilMs: nowMs + openMs } };
}

/** Reports a call that worked. */
export function succeeded(): BreakerState {
  return closedBreaker;
}

/** Reports a call that failed. A call that was under way when the circuit opened does not keep it open for longer. */
export function failed(state: BreakerState, nowMs: number, { threshold, openMs }: BreakerLimits): BreakerState {
  if (state.phase === 'open') return state;
  const failures = state.phase === 'closed' ? state.failures + 1 : threshold;
  return failures < threshold ? { phase: 'closed', failures } : { phase: 'open', untilMs: nowMs + openMs };
}
