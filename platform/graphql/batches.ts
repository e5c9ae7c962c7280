import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CodedError } from '../errors/coded-error.ts';
import type { InternalIdentity, VerifyInternalToken } from '../identity/internal-tokens.ts';
import type { Log } from '../log/log.ts';
import { type Answer, challenge, describeRefusal } from './refusal.ts';
import type { SubgraphRequest } from './subgraph-request.ts';

/** Where a subgraph takes many requests at once, each with a token of its own; a service tells it as `batchPath` in its registration. */
export const batchPath = '/graphql/batch';

/** The most requests of one batch. */
export const maxBatchRequests = 100;

/** What a batch looks like. Equal bodies are sent once: a request names its own by number. */
export interface BatchBody {
  readonly bodies: readonly unknown[];
  readonly requests: readonly (readonly [authorization: string, body: number])[];
}

/** What is answered: for each request the status and the body that it would have got alone. */
export interface BatchAnswer {
  readonly answers: readonly (readonly [status: number, answer: Answer])[];
}

/** Answers one request of a batch; `batch` is the same object for all of them. */
export type AnswerOne = (
  identity: InternalIdentity,
  body: unknown,
  at: { readonly request: FastifyRequest; readonly reply: FastifyReply; readonly batch: object },
) => Promise<Answer>;

const maxBatchBytes = 4 * 1024 * 1024;

/**
 * Serves batches: every request of one is judged by its own token and executed for its own caller, as if it had come alone; they
 * only share what they load (see `shareInBatch`). The header must hold a good token too, so that strangers' bodies are not read.
 */
export function serveBatches(
  server: FastifyInstance,
  { log, verify, answer }: { readonly log: Log; readonly verify: VerifyInternalToken; readonly answer: AnswerOne },
): void {
  const answerOne = async (
    authorization: string,
    body: unknown,
    at: Parameters<AnswerOne>[2],
  ): Promise<readonly [number, Answer]> => {
    try {
      const identity = await verify(authorization);
      if (!identity) throw new CodedError('UNAUTHENTICATED', 'the token of this request is not good');
      return [200, await answer(identity, body, at)];
    } catch (fault) {
      return describeRefusal(fault instanceof Error ? fault : new Error(String(fault)), log);
    }
  };
  server.post(batchPath, {
    bodyLimit: maxBatchBytes,
    async onRequest({ headers }) {
      if (!(await verify(headers.authorization))) throw new CodedError('UNAUTHENTICATED', 'for services alone');
    },
    async handler(request, reply): Promise<BatchAnswer> {
      const { bodies, requests } = readBatch(request.body);
      const batch = {};
      const answers = requests.map(([authorization, body]) =>
        answerOne(authorization, bodies[body], { request, reply, batch }),
      );
      return { answers: await Promise.all(answers) };
    },
    errorHandler(error, _request, reply) {
      const [status, answered] = describeRefusal(error, log);
      if (status === 401) reply.header('www-authenticate', challenge);
      reply.code(status).send(answered);
    },
  });
}

/**
 * Makes something once for all requests of a batch, and once for each that comes alone: loaders, so that what many callers ask
 * for is read in one statement. It must not depend on the caller: who may see what is decided after it was loaded.
 */
export function shareInBatch<Value>(make: () => Value): (request: Pick<SubgraphRequest, 'batch'>) => Value {
  const made = new WeakMap<object, Value>();
  return ({ batch }) => {
    if (!batch) return make();
    const known = made.get(batch);
    if (known !== undefined) return known;
    const value = make();
    made.set(batch, value);
    return value;
  };
}

function readBatch(body: unknown): BatchBody {
  const { bodies, requests } = Object(body) as Record<string, unknown>;
  const isGood =
    Array.isArray(bodies) &&
    Array.isArray(requests) &&
    requests.length <= maxBatchRequests &&
    requests.every(
      (one) => Array.isArray(one) && typeof one[0] === 'string' && Number.isInteger(one[1]) && one[1] in bodies,
    );
  if (!isGood) throw new CodedError('BAD_USER_INPUT', `a batch has bodies and at most ${maxBatchRequests} requests`);
  return { bodies: bodies as unknown[], requests: requests as [string, number][] };
}
