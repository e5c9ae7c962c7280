import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import { readTraceparent } from '@storefront/platform/telemetry/trace-context.ts';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { isPlainText } from '../domain/request.ts';
import { isRowId } from '@storefront/platform/postgres/row-id.ts';
import { type Deps, publishTest } from '../use-cases/publish-test.ts';

const request = z.object({
  userId: z.coerce.string().refine(isRowId, 'must be the id of a user').default('1'),
  message: z.string().max(500).refine(isPlainText, 'must be one line').default('Hello from the test route'),
});

/**
 * Serves `POST /test/publish` for the local stack: sends a `test.published` event and answers 202 with its id and type.
 * The body is optional JSON, whatever its content type says, since curl says "form" when it is not told.
 */
export async function servePublishTest(server: FastifyInstance, deps: Deps): Promise<void> {
  await server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
    scope.post('/test/publish', async ({ body, headers }, reply) => {
      const traceparent = readTraceparent(headers.traceparent);
      const published = await publishTest(deps, { ...readBody(body), traceparent });
      return reply.code(202).send({ published: true, ...published });
    });
  });
}

function readBody(body: unknown): z.infer<typeof request> {
  const parsed = request.safeParse(parseJson(typeof body === 'string' ? body.trim() : ''));
  if (parsed.success) return parsed.data;
  throw new CodedError('BAD_USER_INPUT', z.prettifyError(parsed.error));
}

function parseJson(text: string): unknown {
  if (text === '') return {};
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CodedError('BAD_USER_INPUT', 'The body is not JSON.', { cause });
  }
}
