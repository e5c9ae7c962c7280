import type { FetchNode, PlanNode, QueryPlan, QueryPlanSelectionNode, SubscriptionNode } from '@apollo/query-planner';
import { type FieldNode, parse, print, stripIgnoredCharacters, visit } from 'graphql';
import type { SeparatedSupergraph } from './required-arguments.ts';
import { splitFetch } from './split-fetch.ts';

/**
 * Puts the fields with their arguments back into a plan that was made on a separated supergraph. They keep the names of their stand-ins
 * in the data, and get their own in representations. A fetch of fields that need one name for several values becomes several.
 */
export function restoreArguments(separated: SeparatedSupergraph, { kind, node }: QueryPlan): QueryPlan {
  if (node?.kind !== 'Subscription') return { kind, ...(node ? { node: restoreNode(separated, node) } : {}) };
  const { primary, rest } = node;
  const subscription: SubscriptionNode = { ...node, primary: restoreFetch(separated, primary) };
  return { kind, node: rest ? { ...subscription, rest: restoreNode(separated, rest) } : subscription };
}

function restoreNode(separated: SeparatedSupergraph, node: PlanNode): PlanNode {
  const restore = (inner: PlanNode) => restoreNode(separated, inner);
  switch (node.kind) {
    case 'Fetch':
      return restoreFetches(separated, node);
    case 'Flatten':
      return { ...node, node: restore(node.node) };
    case 'Sequence':
    case 'Parallel':
      return { ...node, nodes: node.nodes.map(restore) };
    case 'Condition': {
      const { ifClause, elseClause } = node;
      return {
        ...node,
        ...(ifClause ? { ifClause: restore(ifClause) } : {}),
        ...(elseClause ? { elseClause: restore(elseClause) } : {}),
      };
    }
    case 'Defer': {
      const { primary, deferred } = node;
      const withNode = <Part extends { node?: PlanNode }>(part: Part): Part =>
        part.node ? { ...part, node: restore(part.node) } : part;
      return { ...node, primary: withNode(primary), deferred: deferred.map(withNode) };
    }
    default:
      return node satisfies never;
  }
}

function restoreFetches(separated: SeparatedSupergraph, fetch: FetchNode): PlanNode {
  const [only, ...others] = splitFetch(separated, fetch);
  if (!only) return fetch;
  if (others.length === 0) return restoreFetch(separated, only);
  // What is deferred may wait for the fetch of an id: that is the last one, and they go one after the other.
  const last = others.length;
  const nodes = [only, ...others].map((part, at) => {
    const { id: _, ...rest } = part;
    return restoreFetch(separated, at === last ? part : rest);
  });
  return fetch.id === undefined ? { kind: 'Parallel', nodes } : { kind: 'Sequence', nodes };
}

function restoreFetch({ standIns }: SeparatedSupergraph, fetch: FetchNode): FetchNode {
  const document = visit(parse(fetch.operation, { noLocation: true }), {
    Field(node): FieldNode | undefined {
      const standIn = standIns.get(node.name.value);
      if (!standIn) return undefined;
      const { name, arguments: given = [] } = standIn.field;
      return { ...node, alias: node.alias ?? node.name, name, arguments: given };
    },
  });
  const renames = readFields(fetch.requires ?? []).flatMap(({ path, name }) => {
    const original = standIns.get(name)?.field.name.value;
    return original === undefined
      ? []
      : [{ kind: 'KeyRenamer' as const, path: [...path, name], renameKeyTo: original }];
  });
  return {
    ...fetch,
    operation: stripIgnoredCharacters(print(document)),
    ...(renames.length > 0 ? { inputRewrites: [...(fetch.inputRewrites ?? []), ...renames.toReversed()] } : {}),
  };
}

/** Every field of a representation with its place, outer ones first; types do not matter. */
function readFields(
  selections: readonly QueryPlanSelectionNode[],
  path: readonly string[] = [],
): readonly { readonly path: readonly string[]; readonly name: string }[] {
  return selections.flatMap((selection) =>
    selection.kind === 'InlineFragment'
      ? readFields(selection.selections, path)
      : [{ path, name: selection.name }, ...readFields(selection.selections ?? [], [...path, selection.name])],
  );
}
