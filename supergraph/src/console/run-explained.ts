import type { Caller } from '@storefront/platform/identity/caller.ts';
import type { ExecutionResult } from 'graphql';
import type { Engine } from '../engine/engine.ts';
import type { Explanation } from '../engine/explain/explanation.ts';
import type { Admit } from '../guards/admit.ts';
import type { Refusal } from '../guards/refusal.ts';
import type { Signal } from '../subgraphs/signal.ts';

/** An operation that somebody wants to see run. */
export interface ExplainedCall {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  readonly caller: Caller;
  readonly clientAddress: string;
  readonly traceparent: string;
  readonly signal: Signal;
}

/** How it went. The result is null for a subscription, which is not run. */
export interface ExplainedRun {
  readonly result: ExecutionResult | null;
  /** Without its text and its picture: the page draws its own. */
  readonly explanation: Omit<Explanation, 'text' | 'picture'>;
}

/** What running needs. */
export interface RunExplainedDeps {
  readonly engine: Pick<Engine, 'explain'>;
  readonly admit: Admit;
}

/** Runs an operation behind the same guards as everybody's, for this caller alone, and says how it was answered. @throws what `Engine.explain` throws */
export async function runExplained(
  { engine, admit }: RunExplainedDeps,
  { query: source, variables, ...call }: ExplainedCall,
): Promise<ExplainedRun | { readonly refused: Refusal }> {
  const verdict = await admit({ ...call, source, variables });
  if ('refused' in verdict) return verdict;
  const request = { ...call, source, document: verdict.document, variables };
  const { explanation, result } = await engine.explain(request, { executes: true });
  const { text: _text, picture: _picture, ...told } = explanation;
  return { result, explanation: told };
}
