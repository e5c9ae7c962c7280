import { type ApolloServerPlugin, type GraphQLRequestContext, type GraphQLResponse, HeaderMap } from '@apollo/server';
import { ApolloServerErrorCode } from '@apollo/server/errors';
import { type ExecutionResult, GraphQLError } from 'graphql';
import Negotiator from 'negotiator';
import {
  errorsOf,
  type IncrementalResult,
  isIncremental,
  type SubsequentResult,
} from '../../engine/defer/incremental-result.ts';
import type { Engine, OperationRequest } from '../../engine/engine.ts';
import { codesOf } from '../../guards/error-codes.ts';
import type { Exchange } from './exchange.ts';
import type { FollowedListeners } from './follow-listeners.ts';
import { formatErrors } from './format-errors.ts';
import type { OperationContext } from './operation-context.ts';
import { toSingleResult } from './single-result.ts';

const inParts = 'multipart/mixed; deferSpec=20220824';
/** What Apollo Server chooses from, in its order. */
const mediaTypes = ['multipart/mixed', 'multipart/mixed; incrementalSpec=v0.2', inParts];

/**
 * Answers operations that defer something in parts: Apollo Server takes them from `responseForOperation` and writes them as
 * `multipart/mixed; deferSpec=20220824`. A client that does not accept that is refused with 406 before anything is executed; Apollo
 * Server says the same, but afterwards.
 */
export function createDeferPlugin(
  engine: Pick<Engine, 'isDeferred' | 'executeInParts'>,
  listeners: Pick<FollowedListeners, 'around' | 'subsequent'>,
): ApolloServerPlugin<OperationContext> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation(context) {
          const request = toRequest(context);
          if (request && engine.isDeferred(request) && !acceptsParts(context)) throw notAcceptable();
        },
        async responseForOperation(context) {
          const request = toRequest(context);
          if (!request || !engine.isDeferred(request)) return null;
          const answer = await listeners.around(context, () => engine.executeInParts(request), errorsOfFirst);
          if (!isIncremental(answer)) return respondWhole(answer);
          const { exchange } = context.contextValue;
          return respond(answer, exchange, (part) => listeners.subsequent(context, part));
        },
      };
    },
  };
}

type Context = Pick<GraphQLRequestContext<OperationContext>, 'contextValue' | 'document' | 'source' | 'request'>;

function toRequest({ contextValue, document, source, request }: Context): OperationRequest | null {
  const { caller, exchange } = contextValue;
  const { signal, traceparent, clientAddress, noStore } = exchange;
  const { operationName, variables } = request;
  if (!document || source === undefined) return null;
  return { document, source, operationName, variables, caller, signal, traceparent, clientAddress, noStore };
}

function acceptsParts({ request }: Context): boolean {
  const accept = request.http?.headers.get('accept');
  return accept !== undefined && new Negotiator({ headers: { accept } }).mediaType([...mediaTypes]) === inParts;
}

function notAcceptable(): GraphQLError {
  const message = `The operation defers a part of its answer with @defer, but the client does not accept it in parts. Add the HTTP header 'Accept: ${inParts}', or leave @defer out.`;
  return new GraphQLError(message, {
    extensions: { code: ApolloServerErrorCode.BAD_REQUEST, http: { status: 406, headers: new HeaderMap() } },
  });
}

function errorsOfFirst(answer: ExecutionResult | IncrementalResult): readonly GraphQLError[] {
  return errorsOf(isIncremental(answer) ? answer.initial : answer);
}

type Tell = (part: SubsequentResult) => Promise<void>;

function respond({ initial, subsequent }: IncrementalResult, exchange: Exchange, tell: Tell): GraphQLResponse {
  noteCodes(exchange, initial);
  const headers = new HeaderMap([['x-accel-buffering', 'no']]); // nginx would keep the parts back
  const subsequentResults = follow(exchange, subsequent, tell);
  const body = { kind: 'incremental', initialResult: initial, subsequentResults };
  return { http: { status: 200, headers }, body } as unknown as GraphQLResponse;
}

/** The same that Apollo Server makes of what an executor gives. */
function respondWhole(result: ExecutionResult): GraphQLResponse {
  const { formatted, head } = formatErrors(result.errors ?? []);
  if (formatted.length > 0 && result.data === undefined) head.status ??= 400;
  const singleResult = toSingleResult(result, result.errors && formatted);
  return { http: head, body: { kind: 'single', singleResult } };
}

async function* follow(
  exchange: Exchange,
  parts: AsyncIterable<SubsequentResult>,
  tell: Tell,
): AsyncGenerator<SubsequentResult> {
  for await (const part of parts) {
    noteCodes(exchange, part);
    await tell(part);
    yield part;
  }
}

function noteCodes(exchange: Exchange, sent: Parameters<typeof errorsOf>[0]): void {
  const errorCodes = [...(exchange.operation?.errorCodes ?? []), ...codesOf(errorsOf(sent))];
  exchange.operation = { ...exchange.operation, errorCodes };
}
