import type { SubgraphClient } from '../../subgraphs/client.ts';

/** One attempt of a fetch at one instance. Times in milliseconds, since the operation began. */
export interface RecordedAttempt {
  readonly instance: string;
  readonly startedAtMs: number;
  readonly tookMs: number;
  /** The status of the answer, or why there is none. */
  readonly outcome: number | string;
}

/** One fetch as it was made. */
export interface RecordedFetch {
  /** The number of the fetch in its plan, from 1. */
  readonly number: number;
  readonly startedAtMs: number;
  readonly tookMs: number;
  /** `failed` when there was no answer at all. */
  readonly outcome: 'answered' | 'failed';
  readonly answerBytes: number | null;
  /** How many entities were asked for; null for root fields. */
  readonly entities: number | null;
  /** None for an answer that no instance was asked for. */
  readonly attempts: readonly RecordedAttempt[];
}

/** The same client for one operation, and what it was used for. */
export function recordFetches(
  client: Pick<SubgraphClient, 'send'>,
  startedAtMs: number,
): { readonly client: Pick<SubgraphClient, 'send'>; readonly fetches: readonly RecordedFetch[] } {
  const fetches: RecordedFetch[] = [];
  const since = (atMs: number) => round(atMs - startedAtMs);
  const send: SubgraphClient['send'] = async (request) => {
    const beganAtMs = performance.now();
    const attempts: RecordedAttempt[] = [];
    let outcome: RecordedFetch['outcome'] = 'failed';
    let answerBytes: number | null = null;
    try {
      const answer = await client.send({
        ...request,
        watch: {
          begin({ id: instance }) {
            const attemptedAtMs = performance.now();
            return {
              traceparent: request.traceparent,
              end(ended) {
                const tookMs = round(performance.now() - attemptedAtMs);
                attempts.push({ instance, startedAtMs: since(attemptedAtMs), tookMs, outcome: ended });
              },
            };
          },
        },
      });
      outcome = 'answered';
      answerBytes = answer.bytes?.length ?? null;
      return answer;
    } finally {
      const tookMs = round(performance.now() - beganAtMs);
      const entities = countEntities(request.body);
      const number = (request.fetchNumber ?? 0) + 1;
      fetches.push({ number, startedAtMs: since(beganAtMs), tookMs, outcome, answerBytes, entities, attempts });
    }
  };
  return { client: { send }, fetches };
}

function countEntities(body: string): number | null {
  const { variables } = JSON.parse(body) as { variables?: { representations?: readonly unknown[] } };
  return variables?.representations?.length ?? null;
}

const round = (ms: number) => Math.round(ms * 100) / 100;
