import type { Caller } from '@storefront/platform/identity/caller.ts';
import type { ExecutionResult } from 'graphql';
import type { Engine } from '../engine/engine.ts';
import type { Admit } from '../guards/admit.ts';
import type { Refusal } from '../guards/refusal.ts';
import type { Signal } from '../subgraphs/signal.ts';
import type { WatchedClient, WatchedFetch } from './watch-fetches.ts';

/** An operation that somebody wants to see run. */
export interface WatchedCall {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  readonly caller: Caller;
  readonly clientAddress: string;
  readonly traceparent: string;
  readonly signal: Signal;
}

/** How it went. Fetches that began before another one had ended went side by side. */
export interface WatchedRun {
  readonly result: ExecutionResult;
  readonly ms: number;
  readonly fetches: readonly WatchedFetch[];
}

/** What running needs. */
export interface RunWatchedDeps {
  readonly engine: Pick<Engine, 'execute'>;
  readonly admit: Admit;
  readonly watched: Pick<WatchedClient, 'watch'>;
}

/** Runs an operation behind the same guards as everybody's, for this caller alone, and watches each of its fetches. */
export async function runWatched(
  { engine, admit, watched }: RunWatchedDeps,
  { query: source, variables, ...call }: WatchedCall,
): Promise<WatchedRun | { readonly refused: Refusal }> {
  const verdict = await admit({ ...call, source });
  if ('refused' in verdict) return verdict;
  const watch = watched.watch(call.traceparent);
  const startedAt = performance.now();
  const request = { ...call, source, document: verdict.document, variables, noStore: true };
  const result = await engine.execute(request);
  return { result, ms: performance.now() - startedAt, fetches: watch.end() };
}
