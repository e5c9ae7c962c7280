import { inspect } from 'node:util';
import type { GraphQLRequestContext, GraphQLRequestListener } from '@apollo/server';
import type { OperationContext } from '../operation-context.ts';
import type { Plugin } from '../run-hooks.ts';

type Context = GraphQLRequestContext<OperationContext>;
type Act = (context: Context) => void;

/** The hooks of one request in which a telling plugin can do something. */
export type Stage =
  | 'requestDidStart'
  | 'didResolveSource'
  | 'didResolveOperation'
  | 'responseForOperation'
  | 'executionDidStart'
  | 'executionDidEnd'
  | 'didEncounterErrors'
  | 'willSendResponse'
  | 'unexpectedErrorProcessingRequest';

/** A plugin that tells of every call and of what it sees then, and does at each stage what `acts` says. */
export function tellingPlugin(
  name: string,
  tell: (text: string) => void,
  acts: Partial<Record<Stage, Act>> = {},
): Plugin {
  const hear = async (stage: string, context: Context, end?: string) => {
    tell(`${name} ${stage}${end ?? ''} ${describe(context)}`);
    await Promise.resolve();
    acts[stage as Stage]?.(context);
    tell(`${name} ${stage} is done`);
  };
  const listener: GraphQLRequestListener<OperationContext> = {
    didResolveSource: (context) => hear('didResolveSource', context),
    async parsingDidStart(context) {
      await hear('parsingDidStart', context);
      return async (fault) => tell(`${name} parsingDidEnd ${fault?.message}`);
    },
    async validationDidStart(context) {
      await hear('validationDidStart', context);
      return async (faults) => tell(`${name} validationDidEnd ${faults?.map(({ message }) => message).join()}`);
    },
    didResolveOperation: (context) => hear('didResolveOperation', context),
    async responseForOperation(context) {
      await hear('responseForOperation', context);
      return null;
    },
    async executionDidStart(context) {
      await hear('executionDidStart', context);
      return { executionDidEnd: (fault) => hear('executionDidEnd', context, ` ${fault?.message}`) };
    },
    didEncounterErrors: (context) => hear('didEncounterErrors', context),
    willSendResponse: (context) => hear('willSendResponse', context),
  };
  return {
    async requestDidStart(context) {
      await hear('requestDidStart', context);
      return listener;
    },
    async unexpectedErrorProcessingRequest({ requestContext, error }) {
      await hear('unexpectedErrorProcessingRequest', requestContext, ` ${error.message}`);
    },
    async contextCreationDidFail({ error }) {
      tell(`${name} contextCreationDidFail ${error.message}`);
    },
    async invalidRequestWasReceived({ error }) {
      tell(`${name} invalidRequestWasReceived ${error.message}`);
    },
  };
}

/** What a hook can see of a request, as text. */
function describe(context: Context): string {
  const { request, response, contextValue, document, operation, schema, cache, logger, errors, ...plain } = context;
  const { http, ...asked } = request;
  const seen = {
    ...plain,
    asked,
    http: http && { ...http, headers: [...http.headers].filter(([name]) => name !== 'host') },
    response: { status: response.http.status, headers: [...response.http.headers], body: copy(response.body) },
    caller: contextValue.caller,
    document: document?.kind,
    operation: operation?.name?.value,
    has: [schema.getQueryType()?.name, typeof cache.get, typeof logger.warn],
    errors: errors?.map((error) => [error.name, error.message, error.extensions['code'], error.path]),
  };
  return inspect(seen, { depth: 8, breakLength: Infinity, sorted: true });
}

/** A plain copy, for results may find their data only when they are asked for it. */
function copy(body: Context['response']['body']) {
  return body?.kind === 'single' ? { ...body, singleResult: { ...body.singleResult } } : body;
}
