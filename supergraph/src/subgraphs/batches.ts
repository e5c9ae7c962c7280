import type { Instance } from '@storefront/platform/discovery/discovery.ts';
import { type BatchAnswer, type BatchBody, maxBatchRequests } from '@storefront/platform/graphql/batches.ts';
import { type AttemptDeps, tellWatch } from './attempt.ts';
import type { Balancing } from './balancing/balancing.ts';
import type { SubgraphAnswer, SubgraphClient, SubgraphSend } from './client.ts';
import { unavailable } from './faults.ts';
import { type Overdue, post, type PostOutcome } from './post.ts';
import { LeanSignal } from './signal.ts';
import { authorize, headersOf } from './request-headers.ts';

/** Sends requests to a subgraph in one. */
export interface BatchClient extends SubgraphClient {
  /** How the instances stand. */
  readonly balancing: Pick<Balancing, 'of' | 'states' | 'figures' | 'onPhase' | 'prefer'>;
  /** The answers in order; null when the subgraph takes no batches. @throws what `send` throws, and when it is no batch's answer */
  sendBatch(requests: readonly SubgraphSend[]): Promise<readonly SubgraphAnswer[] | null>;
}

interface Waiting {
  readonly request: SubgraphSend;
  readonly settle: PromiseWithResolvers<SubgraphAnswer>;
}

/**
 * Sends what says `mayBatch` together: the requests to one subgraph that are made in one turn of the event loop go as batches of
 * up to 100, each with the token of its own caller. When a batch fails, or the subgraph takes none, each goes alone.
 */
export function sendTogether(client: BatchClient): SubgraphClient {
  const waiting = new Map<string, Waiting[]>();
  const flush = (subgraph: string) => {
    const all = waiting.get(subgraph) ?? [];
    waiting.delete(subgraph);
    for (let from = 0; from < all.length; from += maxBatchRequests) {
      void deliver(client, all.slice(from, from + maxBatchRequests));
    }
  };
  return {
    send(request) {
      if (request.mayBatch !== true) return client.send(request);
      const settle = Promise.withResolvers<SubgraphAnswer>();
      const others = waiting.get(request.subgraph);
      if (others) others.push({ request, settle });
      else {
        waiting.set(request.subgraph, [{ request, settle }]);
        setImmediate(() => flush(request.subgraph));
      }
      return settle.promise;
    },
    close: () => client.close(),
  };
}

async function deliver(client: BatchClient, batch: readonly Waiting[]): Promise<void> {
  const answers = batch.length > 1 ? await tryBatch(client, batch) : null;
  for (const [index, { request, settle }] of batch.entries()) {
    const answer = answers?.[index];
    if (answer) settle.resolve(answer);
    else client.send(request).then(settle.resolve, settle.reject);
  }
}

/** Null when the requests must go alone. The client has logged why. */
async function tryBatch(client: BatchClient, batch: readonly Waiting[]): Promise<readonly SubgraphAnswer[] | null> {
  try {
    return await client.sendBatch(batch.map(({ request }) => request));
  } catch {
    return null;
  }
}

/** Who leaves does not take the others along: a batch has its time. */
const neverAborted = new LeanSignal();

const takesBatches = ({ meta }: Instance) => meta['batchPath'] !== undefined;

/** Sends requests to one subgraph in one; null when it takes no batches. @throws CodedError SUBGRAPH_UNAVAILABLE, DEADLINE_EXCEEDED */
export async function sendAsBatch(
  { balancing, tokens, pools, fetchTimeoutMs }: Omit<AttemptDeps, 'log'>,
  requests: readonly SubgraphSend[],
): Promise<readonly SubgraphAnswer[] | null> {
  const [first] = requests;
  const startedAtMs = performance.now();
  const group = balancing.of(first?.subgraph ?? '');
  const target = first && tokens ? group?.take(startedAtMs, false, undefined, takesBatches) : null;
  if (!first || !tokens || !group || !target) return null;
  const timeoutMs = Math.min(fetchTimeoutMs, ...requests.map(({ deadlineMs }) => deadlineMs));
  const watched = first.watch?.begin(target.instance);
  let outcome: PostOutcome | Overdue;
  try {
    const authorizations = await Promise.all(requests.map(async (request) => (await authorize(tokens, request)) ?? ''));
    outcome = await post({
      pool: pools.of(target.instance),
      path: target.instance.meta['batchPath'] ?? '',
      body: writeBatch(requests, authorizations),
      headers: headersOf(first, { authorization: authorizations[0], timeoutMs, traceparent: watched?.traceparent }),
      signal: neverAborted,
      timeoutMs,
    });
  } catch (fault) {
    group.released(target);
    watched?.end('aborted');
    throw fault;
  }
  if (watched) tellWatch(watched, outcome);
  const nowMs = performance.now();
  if (outcome.kind === 'answered') group.succeeded(target, nowMs, nowMs - startedAtMs);
  else group.failed(target, nowMs, nowMs - startedAtMs, true);
  if (outcome.kind === 'answered' && outcome.status === 200) return readBatchAnswer(outcome.json, requests.length);
  throw unavailable(outcome.kind === 'failed' ? outcome.cause : new Error('it took no batch'));
}

/** The body of a batch; equal bodies are in it once. `authorizations` are the requests' own. */
function writeBatch(requests: readonly SubgraphSend[], authorizations: readonly string[]): string {
  const numbers = new Map<string, number>();
  const numberOf = (body: string) => {
    const known = numbers.get(body) ?? numbers.size;
    numbers.set(body, known);
    return known;
  };
  const entries: BatchBody['requests'] = requests.map(({ body }, index) => [
    authorizations[index] ?? '',
    numberOf(body),
  ]);
  return `{"bodies":[${[...numbers.keys()].join(',')}],"requests":${JSON.stringify(entries)}}`;
}

/** The answers of a batch of `count` requests. @throws Error when it is none */
function readBatchAnswer(json: unknown, count: number): readonly SubgraphAnswer[] {
  const { answers } = Object(json) as Partial<BatchAnswer>;
  if (!Array.isArray(answers) || answers.length !== count) throw new Error('it did not answer the whole batch');
  return (answers as BatchAnswer['answers']).map(([status, answer]) => ({ status, json: answer }));
}
