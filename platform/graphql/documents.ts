import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  NoSchemaIntrospectionCustomRule,
  type OperationDefinitionNode,
  OperationTypeNode,
  parse,
  type SelectionSetNode,
  specifiedRules,
  validate,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { writeCacheControl } from '../caching/header.ts';
import { type CacheHints, readCacheHints } from '../caching/hints.ts';
import { readCachePolicy } from '../caching/policy.ts';
import { compileOperation, type ExecuteOperation } from './compiled/compile-operation.ts';

/** A text that was parsed and validated once: ready to execute, or refused with errors that carry their code. */
export type PreparedDocument =
  | {
      readonly phase: 'ready';
      readonly operations: ReadonlyMap<string, PreparedOperation>;
    }
  | { readonly phase: 'refused'; readonly errors: readonly GraphQLError[] };

/** One operation of a document, with the names of the fields that it selects at its root, fragments included. */
export interface PreparedOperation {
  readonly type: OperationTypeNode;
  readonly rootFields: ReadonlySet<string>;
  /** The `Cache-Control` of a faultless answer; null for what only a query may say. */
  readonly cacheControl: string | null;
  readonly execute: ExecuteOperation;
}

/** What documents are read by. */
export interface DocumentOptions {
  /** Allows `__schema` and `__type`; default false. */
  readonly introspection?: boolean;
  /** Says for how long answers may be kept. */
  readonly sdl: string;
}

const maxDocuments = 2000;
const maxCharacters = 8_000_000;
const maxTokens = 20_000;

/**
 * Parses and validates query texts and remembers the outcome, the least recently used forgotten first: at most 2,000
 * texts and eight million characters. Without `introspection`, `__schema` and `__type` are refused and messages make no
 * suggestions. Codes as Apollo Server names them: GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED.
 */
export function createDocuments(schema: GraphQLSchema, { introspection = false, sdl }: DocumentOptions) {
  const hints = readCacheHints(parse(sdl));
  const rules = introspection ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule];
  const cache = new LRUCache<string, PreparedDocument>({
    max: maxDocuments,
    maxSize: maxCharacters,
    sizeCalculation: (_, text) => text.length + 1,
  });

  function prepareNew(text: string): PreparedDocument {
    const document = parseText(text);
    if (document instanceof GraphQLError)
      return { phase: 'refused', errors: [withCode(document, 'GRAPHQL_PARSE_FAILED')] };
    const errors = validate(schema, document, rules, { maxErrors: 10, hideSuggestions: !introspection });
    if (errors.length > 0) {
      return { phase: 'refused', errors: errors.map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED')) };
    }
    return { phase: 'ready', operations: readOperations({ schema, hints }, document) };
  }
  return {
    /** The same text gives the same object, as long as it is remembered. */
    prepare(text: string): PreparedDocument {
      const kept = cache.get(text);
      if (kept) return kept;
      const fresh = prepareNew(text);
      cache.set(text, fresh);
      return fresh;
    },
  };
}

function parseText(text: string): DocumentNode | GraphQLError {
  try {
    return parse(text, { maxTokens });
  } catch (error) {
    if (error instanceof GraphQLError) return error;
    throw error;
  }
}

function withCode(error: GraphQLError, code: string): GraphQLError {
  const { message, nodes, source, positions } = error;
  return new GraphQLError(message, { nodes, source, positions, extensions: { code } });
}

function readOperations(
  { schema, hints }: { readonly schema: GraphQLSchema; readonly hints: CacheHints | null },
  document: DocumentNode,
): Map<string, PreparedOperation> {
  const fragments = new Map<string, FragmentDefinitionNode>();
  const operations: OperationDefinitionNode[] = [];
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    if (definition.kind === Kind.OPERATION_DEFINITION) operations.push(definition);
  }
  const cacheControlOf = (operation: OperationDefinitionNode) => {
    if (operation.operation !== OperationTypeNode.QUERY) return null;
    return writeCacheControl(hints && readCachePolicy({ schema, hints, operation, fragments }));
  };
  return new Map(
    operations.map((operation) => {
      const rootFields = new Set<string>();
      collectFields(operation.selectionSet, fragments, rootFields);
      const cacheControl = cacheControlOf(operation);
      const execute = compileOperation(schema, document, operation);
      return [operation.name?.value ?? '', { type: operation.operation, rootFields, cacheControl, execute }];
    }),
  );
}

/** Validation has ruled out cycles and unknown fragments. */
function collectFields(
  from: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  into: Set<string>,
): void {
  for (const selection of from.selections) {
    if (selection.kind === Kind.FIELD) into.add(selection.name.value);
    else {
      const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
      if (inner) collectFields(inner.selectionSet, fragments, into);
    }
  }
}
