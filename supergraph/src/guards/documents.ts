import { createHash } from 'node:crypto';
import { GraphQLError, NoSchemaIntrospectionCustomRule, parse, specifiedRules, validate } from 'graphql';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import { LRUCache } from 'lru-cache';
import { deferLabelRule } from './defer-label-rule.ts';
import { findPassedLimits, limitError } from './limits.ts';
import type { DocumentLimits } from './limits.ts';

/** A document that may be executed on the schema it was read for, or what is wrong with it. */
export type ReadDocument = GoodDocument | RefusedDocument;

/** `hash` is the SHA-256 of its text, hex. */
interface GoodDocument {
  readonly document: DocumentNode;
  readonly hash: string;
}

interface RefusedDocument {
  readonly errors: readonly GraphQLError[];
  readonly code: DocumentFault;
}

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
  /** How many documents each schema keeps, of those that are good; of the others as many. Default 2,000. */
  readonly cacheSize?: number;
  /** How many characters of each, all together. Default 8,000,000. */
  readonly cacheCharacters?: number;
}

/**
 * A cache for each schema, which goes away with it; its key is the text, which costs less to compare than to hash. What is refused
 * is remembered apart, so that who sends many such texts pushes out none that is good, and both are bounded by their characters.
 * Measures before it validates: validation of a hostile text is dear.
 */
export function createDocuments(options: DocumentOptions): Documents {
  const caches = new WeakMap<GraphQLSchema, DocumentCache>();
  return {
    read(schema, source) {
      const cache = caches.get(schema) ?? createCache(options);
      const known = cache.good.get(source) ?? cache.refused.get(source);
      if (known) return known;
      const read = readDocument(schema, source, options);
      caches.set(schema, cache);
      if ('errors' in read) cache.refused.set(source, read);
      else if (cache.good.set(source, read).has(source)) cache.byHash.set(read.hash, read.document);
      return read;
    },
    find: (schema, hash) => caches.get(schema)?.byHash.get(hash),
  };
}

interface DocumentCache {
  readonly good: LRUCache<string, GoodDocument>;
  readonly refused: LRUCache<string, RefusedDocument>;
  /** The good ones. */
  readonly byHash: Map<string, DocumentNode>;
}

function createCache({ cacheSize: max = 2_000, cacheCharacters: maxSize = 8_000_000 }: DocumentOptions): DocumentCache {
  const byHash = new Map<string, DocumentNode>();
  const sizeCalculation = (_read: ReadDocument, text: string) => Math.max(1, text.length);
  const bounds = { max, maxSize, sizeCalculation };
  const good = new LRUCache<string, GoodDocument>({ ...bounds, dispose: ({ hash }) => void byHash.delete(hash) });
  return { byHash, good, refused: new LRUCache<string, RefusedDocument>(bounds) };
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

function parseWithin(source: string, maxTokens: number): DocumentNode | RefusedDocument {
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
