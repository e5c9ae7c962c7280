import {
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type InlineFragmentNode,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';
import { argumentOf, hasDefer, isDefer, labelOf } from './defer-directive.ts';

/** An operation and the document that it stands in. */
export interface OperationText {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
}

/** One of the forms of an operation; `hash` tells them apart. */
export interface OperationForm extends OperationText {
  readonly hash: string;
}

/** The two forms in which an operation with @defer can be answered. */
export interface Defers {
  /** At once: without its @defer. */
  readonly whole: OperationForm;
  /** In parts: without named fragments, each @defer with a label of its own. */
  readonly inParts: OperationForm;
  /** What the client calls a part, by the label in `inParts`; undefined when it has not said. */
  readonly clientLabels: ReadonlyMap<string, string | undefined>;
  /** True when one of the parts is deferred with these variables, given as the client sent them. */
  isDeferred(variables: Readonly<Record<string, unknown>>): boolean;
}

/** Reads what operations defer, each once as long as somebody holds it. */
export interface DeferReader {
  /** False for a document without @defer. */
  mayDefer(document: DocumentNode): boolean;
  /** See readDefers. */
  read(form: OperationForm): Defers | null;
  /** From now on the part is not deferred; with null, none of the operation's is. */
  ignore(operation: OperationDefinitionNode, label: string | null): void;
}

const maxSelections = 20_000;

/** Creates the reader. */
export function createDeferReader(): DeferReader {
  const known = new WeakMap<OperationDefinitionNode, Defers | null>();
  const documents = new WeakMap<DocumentNode, boolean>();
  return {
    mayDefer(document) {
      const before = documents.get(document);
      if (before !== undefined) return before;
      const found = hasDefer(document);
      documents.set(document, found);
      return found;
    },
    read(form) {
      const before = known.get(form.operation);
      if (before !== undefined) return before;
      const defers = readDefers(form);
      known.set(form.operation, defers);
      return defers;
    },
    ignore(operation, label) {
      const defers = known.get(operation);
      if (!defers) return;
      const { whole, inParts } = defers;
      const left = label === null ? null : withoutPart(inParts, label);
      known.set(operation, left ? { ...defers, inParts: left } : neverDeferred(whole));
    },
  };
}

/**
 * Reads what an operation defers; null for one without @defer. What would unfold to more than 20,000 selections is never deferred, nor
 * is what stands at the root of a mutation, whose fields run in their order, or beside `__schema`, which is always at hand.
 */
function readDefers({ document, operation, hash }: OperationForm): Defers | null {
  if (!hasDefer(document)) return null;
  const whole = { ...withoutDefers({ document, operation }), hash: `${hash} whole` };
  const expansion = createExpansion(document);
  const selectionSet = expand(expansion, operation.selectionSet, operation.operation === OperationTypeNode.MUTATION);
  if (expansion.budget < 0) return neverDeferred(whole);
  const inParts = { ...operation, selectionSet, variableDefinitions: withDefaults(operation, expansion.conditions) };
  const defaults = new Map(
    inParts.variableDefinitions.map(({ variable, defaultValue }) => [
      variable.name.value,
      defaultValue?.kind === Kind.BOOLEAN ? defaultValue.value : true,
    ]),
  );
  return {
    whole,
    inParts: {
      document: { kind: Kind.DOCUMENT, definitions: [inParts] },
      operation: inParts,
      hash: `${hash} in parts of ${operation.name?.value}`,
    },
    clientLabels: expansion.labels,
    isDeferred: (variables) =>
      expansion.conditions.has(null) ||
      [...expansion.conditions].some((name) => name !== null && (variables[name] ?? defaults.get(name)) === true),
  };
}

function neverDeferred(whole: OperationForm): Defers {
  return { whole, inParts: whole, clientLabels: new Map(), isDeferred: () => false };
}

/** Null when nothing is deferred any more, or there is no such part. */
function withoutPart({ document, hash }: OperationForm, label: string): OperationForm | null {
  const left = visit(document, {
    Directive: (node) => (isDefer(node) && labelOf(node) === label ? null : undefined),
  });
  const [operation] = left.definitions;
  if (left === document) return null;
  if (operation?.kind !== Kind.OPERATION_DEFINITION || !hasDefer(operation)) return null;
  return { document: left, operation, hash: `${hash} without ${label}` };
}

function withoutDefers({ document, operation }: OperationText): OperationText {
  const at = document.definitions.indexOf(operation);
  const left = visit(document, { Directive: (directive) => (isDefer(directive) ? null : undefined) });
  const own = left.definitions[at];
  if (own?.kind !== Kind.OPERATION_DEFINITION) throw new TypeError('the operation is not one of the document');
  return { document: left, operation: own };
}

interface Expansion {
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly labels: Map<string, string | undefined>;
  /** The variables that decide whether something is deferred; null for what always is. */
  readonly conditions: Set<string | null>;
  budget: number;
}

function createExpansion({ definitions }: DocumentNode): Expansion {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  return { fragments, labels: new Map(), conditions: new Set(), budget: maxSelections };
}

function expand(expansion: Expansion, { selections }: SelectionSetNode, isFixed: boolean): SelectionSetNode {
  const expanded = selections.flatMap((selection): readonly SelectionNode[] => {
    expansion.budget -= 1;
    if (expansion.budget < 0) return [];
    if (selection.kind === Kind.FIELD) {
      const { selectionSet } = selection;
      return [selectionSet ? { ...selection, selectionSet: expand(expansion, selectionSet, false) } : selection];
    }
    const fragment =
      selection.kind === Kind.FRAGMENT_SPREAD ? expansion.fragments.get(selection.name.value) : selection;
    if (!fragment) return [];
    const directives = selection.directives ?? [];
    const { typeCondition } = fragment;
    const inner: InlineFragmentNode = {
      kind: Kind.INLINE_FRAGMENT,
      ...(typeCondition ? { typeCondition } : {}),
      directives: directives.filter((directive) => !isDefer(directive)),
      selectionSet: expand(expansion, fragment.selectionSet, isFixed),
    };
    const defer = isFixed || asksForSchema(inner) ? undefined : directives.find(isDefer);
    const label = defer && labelPart(expansion, defer);
    return [label ? { kind: Kind.INLINE_FRAGMENT, directives: [label], selectionSet: setOf(inner) } : inner];
  });
  return { kind: Kind.SELECTION_SET, selections: expanded };
}

function asksForSchema({ selectionSet }: InlineFragmentNode): boolean {
  return selectionSet.selections.some((selection) =>
    selection.kind === Kind.FIELD
      ? selection.name.value === '__schema' || selection.name.value === '__type'
      : selection.kind === Kind.INLINE_FRAGMENT && asksForSchema(selection),
  );
}

/** The planner takes equal labels for one part, also those of a fragment that is spread twice. */
function labelPart({ labels, conditions }: Expansion, defer: DirectiveNode): DirectiveNode | undefined {
  const condition = argumentOf(defer, 'if');
  if (condition?.kind === Kind.BOOLEAN && !condition.value) return undefined;
  const value = `part${labels.size}`;
  labels.set(value, labelOf(defer));
  conditions.add(condition?.kind === Kind.VARIABLE ? condition.name.value : null);
  const label = {
    kind: Kind.ARGUMENT,
    name: { kind: Kind.NAME, value: 'label' },
    value: { kind: Kind.STRING, value },
  } as const;
  const kept = (defer.arguments ?? []).filter((argument) => argument.value.kind === Kind.VARIABLE);
  return { ...defer, arguments: [label, ...kept.filter(({ name }) => name.value === 'if')] };
}

function setOf(selection: SelectionNode): SelectionSetNode {
  return { kind: Kind.SELECTION_SET, selections: [selection] };
}

/** A variable that is not given leaves the default of `if`, which is true. */
function withDefaults({ variableDefinitions = [] }: OperationDefinitionNode, conditions: ReadonlySet<string | null>) {
  return variableDefinitions.map((definition) =>
    conditions.has(definition.variable.name.value) && !definition.defaultValue
      ? { ...definition, defaultValue: { kind: Kind.BOOLEAN, value: true } as const }
      : definition,
  );
}
