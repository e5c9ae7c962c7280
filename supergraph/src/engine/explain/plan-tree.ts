import type { FetchNode, PlanNode, QueryPlan, QueryPlanSelectionNode, SubscriptionNode } from '@apollo/query-planner';

/** One fetch of a plan. `number` is its place among the fetches, from 1. */
export interface FetchStep {
  readonly kind: 'fetch';
  readonly number: number;
  readonly subgraph: string;
  readonly operation: 'query' | 'mutation' | 'subscription';
  /** Where its data belongs: response names, `@` for lists; empty for the root. */
  readonly path: string;
  /** What of an entity is sent; null for a fetch of root fields. */
  readonly requires: string | null;
  readonly query: string;
}

/** A plan as a tree: fetches, and in which order they are made. */
export type PlanStep =
  | FetchStep
  | { readonly kind: 'sequence' | 'parallel' | 'subscription' | 'defer'; readonly steps: readonly PlanStep[] }
  | {
      readonly kind: 'condition';
      /** The variable that decides. */
      readonly variable: string;
      readonly steps: readonly PlanStep[];
    };

/** Reads a plan as a tree; null when nothing is fetched. The numbers are those that fetches are run by (compile/program.ts), and one. */
export function readPlan({ node }: QueryPlan): PlanStep | null {
  if (!node) return null;
  let last = 0;
  const readFetch = (fetch: FetchNode, path: string): FetchStep => ({
    kind: 'fetch',
    number: (last += 1),
    subgraph: fetch.serviceName,
    operation: fetch.operationKind,
    path,
    requires: fetch.requires ? writeSelections(fetch.requires) : null,
    query: fetch.operation,
  });
  const readAll = (nodes: readonly (PlanNode | undefined)[], path: string): PlanStep[] =>
    nodes.flatMap((one) => (one ? [read(one, path)] : []));
  const read = (one: PlanNode | SubscriptionNode, path: string): PlanStep => {
    switch (one.kind) {
      case 'Fetch':
        return readFetch(one, path);
      case 'Flatten':
        return read(one.node, [path, ...one.path].filter((part) => part !== '').join('.'));
      case 'Sequence':
        return { kind: 'sequence', steps: readAll(one.nodes, path) };
      case 'Parallel':
        return { kind: 'parallel', steps: readAll(one.nodes, path) };
      case 'Condition':
        return { kind: 'condition', variable: one.condition, steps: readAll([one.ifClause, one.elseClause], path) };
      case 'Subscription':
        return { kind: 'subscription', steps: readAll([one.primary, one.rest], path) };
      case 'Defer':
        return { kind: 'defer', steps: readAll([one.primary.node, ...one.deferred.map((part) => part.node)], path) };
      default:
        return one satisfies never;
    }
  };
  return read(node, '');
}

/** The fetches of a tree, in the order of their numbers. */
export function fetchesOf(step: PlanStep | null): FetchStep[] {
  if (!step) return [];
  return step.kind === 'fetch' ? [step] : step.steps.flatMap((inner) => fetchesOf(inner));
}

function writeSelections(selections: readonly QueryPlanSelectionNode[]): string {
  const written = selections.map((selection) => {
    if (selection.kind === 'InlineFragment')
      return `... on ${selection.typeCondition ?? ''} ${writeSelections(selection.selections)}`;
    return selection.selections ? `${selection.name} ${writeSelections(selection.selections)}` : selection.name;
  });
  return `{ ${written.join(' ')} }`;
}
