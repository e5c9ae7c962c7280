import { Worker } from 'node:worker_threads';
import { CodedError } from '@storefront/platform/errors/coded-error.ts';

/** One subgraph as composition wants it. `url` is a name for the place, not an address: it does not change with instances. */
export interface SubgraphSdl {
  readonly name: string;
  readonly url: string;
  readonly sdl: string;
}

/** Why a composition failed: the rule (composition's code), the text, and the subgraphs concerned. */
export interface CompositionFault {
  readonly code: string;
  readonly message: string;
  readonly subgraphs: readonly string[];
}

/** A supergraph's SDL, or every reason why there is none. */
export type ComposeOutcome = { readonly supergraphSdl: string } | { readonly faults: readonly CompositionFault[] };

/**
 * Composes in a worker thread of its own, so that requests go on meanwhile; the thread's memory is given back afterwards.
 * Source of the codes: apollographql.com/docs/graphos/schema-design/federated-schemas/reference/errors
 * @throws CodedError COMPOSITION_BROKEN when the thread dies or takes longer than `timeoutMs`
 */
export async function compose(
  subgraphs: readonly SubgraphSdl[],
  { signal, timeoutMs = 30_000 }: { readonly signal: AbortSignal; readonly timeoutMs?: number },
): Promise<ComposeOutcome> {
  signal.throwIfAborted();
  const worker = new Worker(new URL('./compose-worker.ts', import.meta.url), { workerData: subgraphs });
  const ended = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  try {
    return await new Promise<ComposeOutcome>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', (code) => reject(new Error(`the composing thread ended with ${code}`)));
      ended.addEventListener('abort', () => reject(ended.reason), { once: true });
    });
  } catch (cause) {
    throw new CodedError('COMPOSITION_BROKEN', 'the composing thread gave no answer', { cause });
  } finally {
    await worker.terminate();
  }
}
