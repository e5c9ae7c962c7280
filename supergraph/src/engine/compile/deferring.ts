import type { DeferNode, PlanNode } from '@apollo/query-planner';
import type { DeferredStep } from '../defer/deferred-parts.ts';
import type { Run, Step } from './run.ts';

/**
 * Compiles a Defer: it ends when its primary part has ended. The deferred ones run for themselves, each as soon as the fetches
 * that it depends on have ended; those that never began count as ended with the primary part, and so do those that are not
 * in the plan (`fetchIds`): the planner names fetches that it has merged into others.
 * @throws Error when a part has no label
 */
export function compileDefer(
  { primary, deferred }: DeferNode,
  fetchIds: ReadonlySet<string | undefined>,
  compile: (node: PlanNode) => Step,
): Step {
  const first = primary.node ? compile(primary.node) : nothing;
  const parts = deferred.map(({ label, depends, node }): DeferredStep => {
    if (label === undefined) throw new Error('a deferred part of the plan has no label');
    return { label, depends: depends.map(({ id }) => id), step: node ? compile(node) : nothing };
  });
  const strays = parts.flatMap(({ depends }) => depends).filter((id) => !fetchIds.has(id));
  const ids = [...(primary.node ? idsOf(primary.node) : []), ...strays];
  return async (run) => {
    const running = partsOf(run);
    for (const part of parts) running.begin(run, part);
    try {
      await first(run);
    } finally {
      for (const id of ids) running.fetched(id);
    }
  };
}

/** A fetch that deferred parts depend on: they are told of its end. */
export function announced(step: Step, id: string): Step {
  return async (run) => {
    await step(run);
    partsOf(run).fetched(id);
  };
}

const nothing: Step = async () => undefined;

function partsOf({ parts }: Run) {
  if (!parts) throw new Error('the operation was planned in parts and runs whole');
  return parts;
}

/** The fetches of a part, without those of the deferred parts in it. */
function idsOf(node: PlanNode): readonly string[] {
  switch (node.kind) {
    case 'Fetch':
      return node.id === undefined ? [] : [node.id];
    case 'Flatten':
      return idsOf(node.node);
    case 'Sequence':
    case 'Parallel':
      return node.nodes.flatMap(idsOf);
    case 'Condition':
      return [node.ifClause, node.elseClause].flatMap((inner) => (inner ? idsOf(inner) : []));
    case 'Defer':
      return node.primary.node ? idsOf(node.primary.node) : [];
    default:
      return node satisfies never;
  }
}
