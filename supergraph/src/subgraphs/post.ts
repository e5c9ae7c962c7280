import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import type { Pool } from 'undici';
import { startBudget } from './budget.ts';

/** One HTTP request to one instance. */
export interface Post {
  readonly pool: Pool;
  readonly path: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** What came of it: an answer in JSON, or why there is none and whether the same instance may be asked again. */
export type PostOutcome =
  | { readonly kind: 'answered'; readonly status: number; readonly json: unknown }
  | { readonly kind: 'failed'; readonly reason: 'connection' | 'status' | 'not-json'; readonly cause: unknown };

/**
 * Posts JSON and reads JSON. A status of 500 and above, a broken connection and a body that is not JSON are outcomes.
 * @throws CodedError DEADLINE_EXCEEDED after `timeoutMs` or when the subgraph says so (504); the signal's reason when it was aborted
 */
export async function post({ pool, path, body, headers, signal, timeoutMs }: Post): Promise<PostOutcome> {
  const budget = startBudget(signal, timeoutMs);
  try {
    const response = await pool.request({
      path,
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
      body,
      signal: budget.signal,
    });
    const text = await response.body.text();
    if (response.statusCode === 504) throw late(new Error('it answered 504'));
    return response.statusCode >= 500
      ? { kind: 'failed', reason: 'status', cause: new Error(`it answered ${response.statusCode}`) }
      : readJson(response.statusCode, text);
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof CodedError) throw cause;
    if (budget.isSpent) throw late(cause);
    return { kind: 'failed', reason: 'connection', cause };
  } finally {
    budget.end();
  }
}

/** The fault of a subgraph that took too long. */
export function late(cause?: unknown): CodedError {
  return new CodedError('DEADLINE_EXCEEDED', 'A part of the graph did not answer in time', { cause });
}

function readJson(status: number, text: string): PostOutcome {
  try {
    return { kind: 'answered', status, json: JSON.parse(text) as unknown };
  } catch (cause) {
    return { kind: 'failed', reason: 'not-json', cause };
  }
}
