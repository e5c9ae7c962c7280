import type { ExecutionResult } from 'graphql';
import type { AppliedPolicy } from './applied-policies.ts';
import type { FetchStep, PlanStep } from './plan-tree.ts';
import type { RecordedFetch } from './record-fetches.ts';

/** A fetch of the plan, and what became of it. */
export interface ExplainedFetch extends FetchStep {
  /** Once for each time that it was made; none when it was not, or when nothing was executed. */
  readonly runs: readonly RecordedFetch[];
}

/** A plan with what became of its fetches. */
export type ExplainedStep =
  | ExplainedFetch
  | (Omit<Exclude<PlanStep, FetchStep>, 'steps'> & { readonly steps: readonly ExplainedStep[] });

/** How an operation is, or was, answered. */
export interface Explanation {
  readonly operation: { readonly name: string | null; readonly type: string };
  /** The graph that it was planned for. */
  readonly graph: string;
  /** Null when nothing is fetched. */
  readonly plan: ExplainedStep | null;
  /** The same as text. */
  readonly text: string;
  /** The same as a picture: SVG. */
  readonly picture: string;
  readonly policies: {
    /** The access rules that the operation meets. */
    readonly applied: readonly AppliedPolicy[];
    /** What the caller may not have: paths with `@` for lists, and why. None of it was asked for. */
    readonly denied: readonly { readonly path: readonly (string | number)[]; readonly code: string }[];
    /** True when nothing was left to ask for. */
    readonly isDeniedWhole: boolean;
  };
  /** Times in milliseconds; null when nothing was executed. */
  readonly timings: { readonly planMs: number; readonly totalMs: number | null };
  /** How the instances of the plan's subgraphs stand. */
  readonly instances: readonly { readonly subgraph: string; readonly instance: string; readonly breaker: string }[];
  /** What it cost, estimated and actual (cost/tell-cost.ts); null when nothing was executed. */
  readonly cost: unknown;
  /** What the cache of entities had to do with it (cache/tell-caching.ts); null when it had nothing. */
  readonly cache: unknown;
}

/** Whether the extensions of a request ask for an explanation beside the answer. */
export function asksForExplanation(extensions: Readonly<Record<string, unknown>> | null | undefined): boolean {
  return extensions?.['explain'] === true;
}

/** An explanation, and the result when the operation was executed for it. */
export interface Explained {
  readonly explanation: Explanation;
  readonly result: ExecutionResult | null;
}

/** Puts what was recorded to the fetches of a plan. */
export function joinFetches(step: PlanStep, fetches: readonly RecordedFetch[]): ExplainedStep {
  if (step.kind !== 'fetch') return { ...step, steps: step.steps.map((inner) => joinFetches(inner, fetches)) };
  const own = fetches.filter(({ number }) => number === step.number);
  return { ...step, runs: own };
}
