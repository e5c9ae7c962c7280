import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import type { FastifyInstance } from 'fastify';

/**
 * Reads every body of the scope as JSON, whatever its content type: `curl -d` says that it sends a form. An empty body is
 * none. @throws CodedError BAD_USER_INPUT for what is no JSON
 */
export function parseAnyBodyAsJson(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'string' }, async (_request: unknown, body: string | Buffer) => {
    const text = body.toString();
    if (text.trim() === '') return undefined;
    try {
      return JSON.parse(text) as unknown;
    } catch (cause) {
      throw new CodedError('BAD_USER_INPUT', 'The body is not JSON.', { cause });
    }
  });
}
