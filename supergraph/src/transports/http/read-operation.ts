import type { FastifyRequest } from 'fastify';
import type { ChooseMediaType } from './media-type.ts';

/** One operation of a request that is as good as requests are; what is said about it goes for Apollo Server too. */
export interface AskedOperation {
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variables: Record<string, unknown> | undefined;
  readonly extensions: Record<string, unknown> | undefined;
  /** What the answer will be. */
  readonly mediaType: string;
}

/**
 * Reads the operation of a POST of JSON. Null for every request that Apollo Server would refuse, answer in its own way or take
 * apart: other methods and types, batches, persisted queries, members of the wrong type, an `accept` that cannot be met.
 */
export function readOperation(request: FastifyRequest, chooseMediaType: ChooseMediaType): AskedOperation | null {
  const { method, headers } = request.raw;
  if (method !== 'POST' || !isJson(headers['content-type'])) return null;
  const { body } = request;
  if (!isRecord(body)) return null;
  const { query, operationName, variables, extensions } = body;
  if (typeof query !== 'string' || query === '') return null;
  if (!isMissing(operationName) && (typeof operationName !== 'string' || operationName === '')) return null;
  if (!isMissing(variables) && !isRecord(variables)) return null;
  if (!isMissing(extensions) && (!isRecord(extensions) || extensions['persistedQuery'])) return null;
  const mediaType = chooseMediaType(headers.accept);
  if (mediaType === null) return null;
  return {
    query,
    operationName: operationName ?? undefined,
    variables: variables ?? undefined,
    extensions: extensions ?? undefined,
    mediaType,
  };
}

/** A type that no form can send, so that a browser has asked before it let a foreign page send it. */
function isJson(contentType: string | undefined): boolean {
  if (contentType === 'application/json') return true;
  return contentType !== undefined && /^application\/json[ \t]*(;|$)/i.test(contentType);
}

function isMissing(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
