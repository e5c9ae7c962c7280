import type { Engine } from '../../engine/engine.ts';
import type { Documents } from '../documents.ts';
import type { Refusal } from '../refusal.ts';
import type { TrustedDocuments } from './manifest.ts';
import { hashOf, type RegisteredTexts } from './registered-texts.ts';

/**
 * What may be executed. `off`: every text, and what clients have registered. `prefer`: trusted documents by their id as well.
 * `only`: trusted documents and nothing else, by their id or their text.
 */
export type TrustMode = 'off' | 'prefer' | 'only';

/** An operation as clients name it, on any transport; nothing of it has been looked at. */
export interface NamedOperation {
  readonly query?: unknown;
  readonly documentId?: unknown;
  readonly extensions?: unknown;
}

/** Finds the text of an operation. */
export interface OperationTexts {
  /** True when the operation is named by an id, or texts are not taken as they are: then ask `find`. */
  isNamed(operation: NamedOperation): boolean;
  /** The text; null when there is neither text nor id, for the transport to refuse. */
  find(operation: NamedOperation): Promise<{ readonly source: string | null } | { readonly refused: Refusal }>;
}

export interface OperationTextsDeps {
  readonly engine: Pick<Engine, 'state'>;
  readonly documents: Pick<Documents, 'read'>;
  readonly registered: RegisteredTexts;
  readonly trusted: TrustedDocuments;
}

/**
 * Ids are those of a trusted document, or the SHA-256 of a text that a client registered by sending both once. A text is registered only
 * when its hash is right and it may be executed. Sources: apollographql.com/docs/apollo-server/performance/apq;
 * graphql.github.io/graphql-over-http, persisted documents
 */
export function createOperationTexts(deps: OperationTextsDeps, mode: TrustMode): OperationTexts {
  const trusted = mode === 'off' ? new Map<string, string>() : deps.trusted;
  const findById = async (id: string) => {
    const text = trusted.get(id) ?? (mode === 'only' ? null : await deps.registered.find(id));
    if (text !== null) return { source: text };
    return { refused: mode === 'only' ? notInList : notFound };
  };
  return {
    isNamed: ({ documentId, extensions }) =>
      mode === 'only' ||
      (documentId !== undefined && documentId !== null) ||
      Boolean(Object(extensions)['persistedQuery']),
    async find(operation) {
      const { query } = operation;
      const id = readId(operation);
      if (typeof id === 'object' && id !== null) return id;
      const hasText = typeof query === 'string' && query !== '';
      if (id === null) {
        if (mode !== 'only' || !hasText) return { source: hasText ? query : null };
        return trusted.get(hashOf(query)) === query ? { source: query } : { refused: notTrusted };
      }
      if (!hasText) return findById(id);
      if (trusted.get(id) === query) return { source: query };
      if (mode === 'only') return { refused: notTrusted };
      if (hashOf(query) !== id) return { refused: wrongHash };
      if (isGood(deps, query)) void deps.registered.keep(id, query);
      return { source: query };
    },
  };
}

function isGood({ engine, documents }: OperationTextsDeps, text: string): boolean {
  return engine.state.phase === 'serving' && 'document' in documents.read(engine.state.graph.schema, text);
}

/** The id; null when there is none. */
function readId({ documentId, extensions }: NamedOperation): string | null | { readonly refused: Refusal } {
  const persisted: unknown = Object(extensions)['persistedQuery'];
  if (!persisted) {
    if (documentId === undefined || documentId === null) return null;
    return typeof documentId === 'string' && documentId.length <= 512 ? documentId.replace(/^sha256:/, '') : noId;
  }
  const { version, sha256Hash } = Object(persisted) as Record<string, unknown>;
  if (version !== 1) return { refused: { ...noId.refused, message: 'Unsupported persisted query version' } };
  return typeof sha256Hash === 'string' && /^[0-9a-f]{64}$/.test(sha256Hash) ? sha256Hash : noId;
}

const refusal = (status: number, code: string, message: string): Refusal => ({ status, code, message, headers: {} });
const noId = { refused: refusal(400, 'BAD_REQUEST', 'The id of a document is a text, a SHA-256 in hexadecimal.') };
const wrongHash = refusal(400, 'BAD_REQUEST', 'provided sha does not match query');
const notInList = refusal(400, 'PERSISTED_QUERY_NOT_IN_LIST', 'There is no trusted document of this id.');
const notTrusted = refusal(400, 'QUERY_NOT_IN_SAFELIST', 'Only trusted documents are executed here.');
/** Clients know the message, and send the text again on it. */
const notFound: Refusal = {
  ...refusal(200, 'PERSISTED_QUERY_NOT_FOUND', 'PersistedQueryNotFound'),
  headers: { 'cache-control': 'private, no-cache, must-revalidate' },
};
