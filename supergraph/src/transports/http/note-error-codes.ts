import type { ApolloServerPlugin } from '@apollo/server';
import type { Log } from '@storefront/platform/log/log.ts';
import { codesOf } from '../../guards/error-codes.ts';
import type { OperationContext } from './operation-context.ts';

/** Tells the request log which errors an answer carries, and the error log what nobody foresaw. */
export function noteErrorCodes(log: Pick<Log, 'error'>): ApolloServerPlugin<OperationContext> {
  return {
    async requestDidStart() {
      return {
        async willSendResponse({ response, contextValue }) {
          if (response.body.kind !== 'single') return;
          const errorCodes = codesOf(response.body.singleResult.errors ?? []);
          const { exchange } = contextValue;
          exchange.operation = { ...exchange.operation, errorCodes };
        },
      };
    },
    async unexpectedErrorProcessingRequest({ error }) {
      log.error({ err: error }, 'an operation failed in a way that nobody foresaw');
    },
  };
}
