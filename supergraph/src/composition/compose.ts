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

/** A thread that loads what composing takes and then composes once. It does not keep the process alive while it waits. */
export interface ComposingThread {
  /** The outcome of the one composition. @throws Error when the thread has ended before it */
  compose(subgraphs: readonly SubgraphSdl[]): Promise<ComposeOutcome>;
  end(): Promise<void>;
}

function startComposingThread(): ComposingThread {
  const worker = new Worker(new URL('./compose-worker.ts', import.meta.url));
  const answer = new Promise<ComposeOutcome>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the composing thread ended with ${code}`)));
  });
  answer.catch(() => undefined); // whoever composes is told
  worker.unref();
  return {
    compose(subgraphs) {
      worker.ref();
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      worker.postMessage(subgraphs);
      return answer;
    },
    end: async () => void (await worker.terminate()),
  };
}

/** Threads to compose in, a new one each time. One that is needed soon is started at once, to load before. */
export function openComposingThreads({ isSoon }: { readonly isSoon: boolean }): {
  next(): ComposingThread;
  close(): Promise<void>;
} {
  let first = isSoon ? startComposingThread() : undefined;
  return {
    next() {
      const thread = first ?? startComposingThread();
      first = undefined;
      return thread;
    },
    close: async () => first?.end(),
  };
}

/**
 * Composes in a worker thread, so that requests go on meanwhile; the thread ends with it, and its memory is given back.
 * Source of the codes: apollographql.com/docs/graphos/schema-design/federated-schemas/reference/errors
 * @throws CodedError COMPOSITION_BROKEN when the thread dies or takes longer than `timeoutMs`
 */
export async function compose(
  subgraphs: readonly SubgraphSdl[],
  {
    signal,
    timeoutMs = 30_000,
    thread = startComposingThread(),
  }: { readonly signal: AbortSignal; readonly timeoutMs?: number; readonly thread?: ComposingThread },
): Promise<ComposeOutcome> {
  const ended = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  try {
    return await new Promise<ComposeOutcome>((resolve, reject) => {
      ended.throwIfAborted();
      ended.addEventListener('abort', () => reject(ended.reason), { once: true });
      thread.compose(subgraphs).then(resolve, reject);
    });
  } catch (cause) {
    throw new CodedError('COMPOSITION_BROKEN', 'the composing thread gave no answer', { cause });
  } finally {
    await thread.end();
  }
}
