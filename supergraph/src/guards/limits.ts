import { GraphQLError, Kind } from 'graphql';
import type { DocumentNode, FragmentDefinitionNode, OperationDefinitionNode, SelectionSetNode } from 'graphql';

/** How large a document may be. Fragments count where they are spread, so that a small text cannot unfold into a big one. */
export interface DocumentLimits {
  readonly tokens: number;
  readonly depth: number;
  readonly aliases: number;
  readonly rootFields: number;
  readonly directives: number;
  /** Fields and fragments, where they are spread. */
  readonly selections: number;
  /** Operations of one document. */
  readonly operations: number;
}

/** The design's numbers. */
export const defaultDocumentLimits: DocumentLimits = {
  tokens: 1_000,
  depth: 12,
  aliases: 30,
  rootFields: 20,
  directives: 50,
  selections: 2_000,
  operations: 50,
};

/** No limits, for trying things out. */
export const noDocumentLimits: DocumentLimits = {
  tokens: Infinity,
  depth: Infinity,
  aliases: Infinity,
  rootFields: Infinity,
  directives: Infinity,
  selections: Infinity,
  operations: Infinity,
};

/** What one operation amounts to with its fragments unfolded. */
export interface OperationSize {
  readonly depth: number;
  readonly aliases: number;
  readonly rootFields: number;
  readonly directives: number;
  readonly selections: number;
}

const nothing: OperationSize = { depth: 0, aliases: 0, rootFields: 0, directives: 0, selections: 0 };
const introspectionFields = new Set(['__schema', '__type']);

/**
 * Measures an operation in time linear in the text: each fragment once, spreads add its numbers. A fragment that
 * spreads itself counts once; validation refuses it anyway. `__schema` and `__type` have no depth, because the
 * standard introspection query is deeper than any sensible query of data.
 */
export function measureOperation(document: DocumentNode, operation: OperationDefinitionNode): OperationSize {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  }
  const size = measureSelections(operation.selectionSet, { fragments, measured: new Map() });
  return { ...size, directives: size.directives + (operation.directives?.length ?? 0) };
}

/** One error for each limit that an operation of the document passes; the code is OPERATION_TOO_LARGE. */
export function findPassedLimits(document: DocumentNode, limits: DocumentLimits): readonly GraphQLError[] {
  const operations = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
  if (operations.length > limits.operations) return [limitError('operations', limits.operations)];
  return operations.flatMap((operation) => {
    const size = measureOperation(document, operation);
    const passed = (['depth', 'aliases', 'rootFields', 'directives', 'selections'] as const).filter(
      (name) => size[name] > limits[name],
    );
    return passed.map((name) => limitError(name, limits[name]));
  });
}

/** The error for one limit. */
export function limitError(limit: keyof DocumentLimits, maximum: number): GraphQLError {
  const words = limit.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return new GraphQLError(`The operation is too large: ${words} may be at most ${maximum}.`, {
    extensions: { code: 'OPERATION_TOO_LARGE', limit, maximum },
  });
}

interface Measuring {
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly measured: Map<string, OperationSize>;
}

function measureSelections({ selections }: SelectionSetNode, measuring: Measuring): OperationSize {
  return selections.reduce<OperationSize>((sum, selection) => {
    const directives = selection.directives?.length ?? 0;
    if (selection.kind === Kind.FRAGMENT_SPREAD)
      return add(sum, measureFragment(selection.name.value, measuring), directives);
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      return add(sum, measureSelections(selection.selectionSet, measuring), directives);
    }
    const inner = selection.selectionSet ? measureSelections(selection.selectionSet, measuring) : nothing;
    const field = {
      ...inner,
      depth: introspectionFields.has(selection.name.value) ? 1 : inner.depth + 1,
      aliases: inner.aliases + (selection.alias ? 1 : 0),
      rootFields: 1,
      selections: inner.selections + 1,
    };
    return add(sum, field, directives);
  }, nothing);
}

function measureFragment(name: string, measuring: Measuring): OperationSize {
  const known = measuring.measured.get(name);
  if (known) return known;
  measuring.measured.set(name, nothing);
  const fragment = measuring.fragments.get(name);
  if (!fragment) return nothing;
  const size = add(nothing, measureSelections(fragment.selectionSet, measuring), fragment.directives?.length ?? 0);
  measuring.measured.set(name, size);
  return size;
}

function add(sum: OperationSize, part: OperationSize, directives: number): OperationSize {
  return {
    depth: Math.max(sum.depth, part.depth),
    aliases: sum.aliases + part.aliases,
    rootFields: sum.rootFields + part.rootFields,
    directives: sum.directives + part.directives + directives,
    selections: sum.selections + part.selections,
  };
}
