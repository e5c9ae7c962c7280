import { createHash } from 'node:crypto';
import type { Caller } from '@storefront/platform/identity/caller.ts';
import type { DocumentNode, OperationDefinitionNode } from 'graphql';
import { authorize } from '../authorize.ts';
import { type Coerce, compileCoercion } from '../compile-coercion.ts';
import { flagNames } from '../compile/collect-fields.ts';
import type { Graph } from '../engine.ts';
import { selectOperation } from '../operation.ts';
import type { DeniedField } from '../remove-denied.ts';
import type { Rights } from '../rights.ts';
import type { OverrideLabel } from './override-labels.ts';
import type { PlanSlot } from './plan-cache.ts';
import { fieldNames } from './selections.ts';

/** An operation of a document as callers of equal rights may run it: all that does not change from request to request. */
export interface KnownOperation {
  /** Names the document: of the SHA-256 of its text the first half, hex. */
  readonly hash: string;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly operationName: string | undefined;
  readonly coerce: Coerce;
  /** One of those who may run it so. */
  readonly caller: Caller;
  /** The operation without what they may not see; null when nothing is left to ask for. */
  readonly allowed: DocumentNode | null;
  readonly denied: readonly DeniedField[];
  /** The variables that @skip and @include mention. */
  readonly flags: readonly string[];
  /** The labels of @override that may change its plan. */
  readonly labels: readonly OverrideLabel[];
  /** Its plans, one for each combination of flags and labels that was asked for. */
  readonly plans: Map<string, PlanSlot>;
}

/** What a request names its operation by. `hash` is made from `source` when it is not given. */
export interface OperationAsked {
  readonly document: DocumentNode;
  readonly source?: string;
  readonly hash?: string;
  readonly operationName?: string | undefined;
  readonly caller: Caller;
}

/** The operations of one graph. */
export interface KnownOperations {
  /**
   * Finds the operation. A document that was seen before, as the same object, costs neither its text nor its policies again.
   * @throws CodedError OPERATION_RESOLUTION_FAILURE; BAD_USER_INPUT when its fragments expand to too many selections
   */
  find(asked: OperationAsked): KnownOperation;
  /** Finds by its text what has a plan, until `release` was called as often. */
  retain(known: KnownOperation): void;
  release(known: KnownOperation): void;
}

/** The operations of one document by name, and those by the key of the caller's rights. */
interface Entry {
  readonly hash: string;
  readonly byName: Map<string | undefined, Map<string, KnownOperation>>;
  plans: number;
}

/** Starts without any. Documents are forgotten when nobody holds them and no plan of theirs is retained. */
export function createKnownOperations(
  graph: Pick<Graph, 'schema' | 'policies'>,
  options: {
    readonly rightsOf: (caller: Caller) => Rights;
    readonly labels: readonly OverrideLabel[];
    /** Names of fields that a plan may fetch of its own accord. */
    readonly reserved: ReadonlySet<string>;
  },
): KnownOperations {
  const byDocument = new WeakMap<DocumentNode, Entry>();
  const byHash = new Map<string, Entry>();
  const hasPolicies = graph.policies.types.size + graph.policies.fields.size > 0;
  const entryOf = ({ document, source = '', hash = hashText(source) }: OperationAsked): Entry => {
    const known = byDocument.get(document);
    if (known) return known;
    const entry = byHash.get(hash) ?? { hash, byName: new Map<string, Map<string, KnownOperation>>(), plans: 0 };
    byDocument.set(document, entry);
    return entry;
  };
  return {
    find(asked) {
      const entry = byDocument.get(asked.document) ?? entryOf(asked);
      const rights = hasPolicies ? options.rightsOf(asked.caller) : undefined;
      const rightsKey = rights?.key ?? '';
      const found = entry.byName.get(asked.operationName)?.get(rightsKey);
      if (found) return found;
      const known = readOperation(graph, { asked, rights, hash: entry.hash, ...options });
      const byRights = entry.byName.get(asked.operationName) ?? new Map<string, KnownOperation>();
      entry.byName.set(asked.operationName, byRights.set(rightsKey, known));
      return known;
    },
    retain({ hash, document }) {
      const entry = byDocument.get(document);
      if (!entry) return;
      entry.plans += 1;
      byHash.set(hash, entry);
    },
    release({ hash, document }) {
      const entry = byDocument.get(document);
      if (!entry) return;
      entry.plans -= 1;
      if (entry.plans === 0 && byHash.get(hash) === entry) byHash.delete(hash);
    },
  };
}

function readOperation(
  graph: Pick<Graph, 'schema' | 'policies'>,
  at: {
    readonly asked: OperationAsked;
    readonly hash: string;
    readonly rights: Rights | undefined;
    readonly labels: readonly OverrideLabel[];
    readonly reserved: ReadonlySet<string>;
  },
): KnownOperation {
  const { document, operationName, caller } = at.asked;
  const operation = selectOperation(document, operationName);
  const { document: allowed, denied } = at.rights
    ? authorize(graph, { document, operation }, at.rights)
    : { document, denied: [] };
  const named = fieldNames(document);
  const isConcerned = ({ fields }: OverrideLabel) =>
    [...fields].some((name) => named.has(name) || at.reserved.has(name));
  return {
    hash: at.hash,
    document,
    operation,
    operationName,
    coerce: compileCoercion(graph.schema, operation),
    caller,
    allowed,
    denied,
    flags: [...flagNames(document.definitions.flatMap((one) => ('selectionSet' in one ? [one.selectionSet] : [])))],
    labels: at.labels.filter(isConcerned),
    plans: new Map(),
  };
}

const hashText = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 32);
