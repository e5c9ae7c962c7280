import { createHash } from 'node:crypto';
import { GraphQLError, NoSchemaIntrospectionCustomRule, parse, specifiedRules, validate } from 'graphql';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import { LRUCache } from 'lru-cache';
import { deferLabelRule } from './defer-label-rule.ts';
import { findPassedLimits, limitError } from './limits.ts';
import type { DocumentLimits } from './limits.ts';

/** A document that may be executed on the schema it was read for, or what is wrong with it. */
export type ReadDocument =
  /** `hash` is the SHA-256 of its text, hex. */
  | { readonly document: DocumentNode; readonly hash: string }
  | { readonly errors: readonly GraphQLError[]; readonly code: DocumentFault };

/** The codes are Apollo Server's, as clients know them, and our own for the limits. */
export type DocumentFault = 'GRAPHQL_PARSE_FAILED' | 'GRAPHQL_VALIDATION_FAILED' | 'OPERATION_TOO_LARGE';

/** Parsed and validated documents. */
export interface Documents {
  /** Parses, measures and validates; once per text and schema as long as the text stays in the cache. */
  read(schema: GraphQLSchema, source: string): ReadDocument;
  /** The good document with this hash (SHA-256 of its text, hex), when it is in the schema's cache. */
  find(schema: GraphQLSchema, hash: string): DocumentNode | undefined;
}

export interface DocumentOptions {
  readonly limits: DocumentLimits;
  readonly introspection: boolean;
  /** Whether error texts may name fields and types that the client did not mention. */
  readonly suggestions: boolean;
  /** How many documents each schema keeps. Default 2,000. */
  readonly cacheSize?: number;
}

/**
 * A cache for each schema, which goes away with it; its key is the text, which costs less to compare than to hash.
 * Measures before it validates: validation of a hostile text is dear.
 */
export function createDocuments(options: DocumentOptions): Documents {
  const caches = new WeakMap<GraphQLSchema, DocumentCache>();
  return {
    read(schema, source) {
      const cache = caches.get(schema) ?? createCache(options.cacheSize ?? 2_000);
      const known = cache.byText.get(source);
      if (known) return known;
      const read = readDocument(schema, source, options);
      cache.byText.set(source, read);
      if ('document' in read) cache.byHash.set(read.hash, read.document);
      caches.set(schema, cache);
      return read;
    },
    find: (schema, hash) => caches.get(schema)?.byHash.get(hash),
  };
}

interface DocumentCache {
  readonly byText: LRUCache<string, ReadDocument>;
  /** The good ones. */
  readonly byHash: Map<string, DocumentNode>;
}

function createCache(max: number): DocumentCache {
  const byHash = new Map<string, DocumentNode>();
  const forget = (read: ReadDocument) => void ('hash' in read && byHash.delete(read.hash));
  return { byHash, byText: new LRUCache({ max, dispose: forget }) };
}

function readDocument(schema: GraphQLSchema, source: string, options: DocumentOptions): ReadDocument {
  const document = parseWithin(source, options.limits.tokens);
  if ('errors' in document) return document;
  const tooLarge = findPassedLimits(document, options.limits);
  if (tooLarge.length > 0) return { errors: tooLarge, code: 'OPERATION_TOO_LARGE' };
  const always = [...specifiedRules, deferLabelRule];
  const rules = options.introspection ? always : [...always, NoSchemaIntrospectionCustomRule];
  const faults = validate(schema, document, rules, { maxErrors: 20 });
  if (faults.length === 0) return { document, hash: createHash('sha256').update(source).digest('hex') };
  const errors = faults.map((fault) => withCode(fault, 'GRAPHQL_VALIDATION_FAILED', options.suggestions));
  return { errors, code: 'GRAPHQL_VALIDATION_FAILED' };
}

function parseWithin(
  source: string,
  maxTokens: number,
): DocumentNode | Exclude<ReadDocument, { document: DocumentNode }> {
  try {
    return parse(source, { maxTokens });
  } catch (fault) {
    if (!(fault instanceof GraphQLError)) throw fault;
    if (fault.message.includes('Parsing aborted')) {
      return { errors: [limitError('tokens', maxTokens)], code: 'OPERATION_TOO_LARGE' };
    }
    return { errors: [withCode(fault, 'GRAPHQL_PARSE_FAILED', true)], code: 'GRAPHQL_PARSE_FAILED' };
  }
}

/** graphql-js ends a message with `Did you mean "email"?`, which tells names of the schema. */
function withCode(error: GraphQLError, code: DocumentFault, suggestions: boolean): GraphQLError {
  const message = suggestions ? error.message : error.message.replace(/ ?Did you mean .+\?$/, '');
  const { nodes, source, positions, path } = error;
  return new GraphQLError(message, { nodes, source, positions, path, extensions: { code } });
}
