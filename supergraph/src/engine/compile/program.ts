import type { FetchNode, PlanNode, QueryPlan, SubscriptionNode } from '@apollo/query-planner';
import { type GraphQLSchema, OperationTypeNode } from 'graphql';
import { type CachePolicy, stricter } from '@storefront/platform/caching/policy.ts';
import { compileFetchRules, type FetchRules } from '../../cache/fetch-caching.ts';
import type { CacheRules } from '../../composition/read-cache-rules.ts';
import type { Aliases } from './aliases.ts';
import { announced, compileDefer } from './deferring.ts';
import { compileFetch, type FetchPlan } from './fetch.ts';
import { type FetchSelections, readFetchSelections } from './fetch-selections.ts';
import { namesOf, type PathStep, readPath } from './places.ts';
import { type FetchText, readFetchText } from './request-body.ts';
import type { Step } from './run.ts';

/** A plan, ready to run. */
export interface Program {
  readonly step: Step;
  /** True when all it does is read, so that its fetches may be shared with others that run at the time. */
  readonly mayShare: boolean;
  /** How long an answer may be kept, as far as the graph says; null when it may not be. */
  readonly policy: CachePolicy | null;
}

/** What a plan is compiled with. */
export interface ProgramOptions extends Pick<Aliases, 'responseName'> {
  /** What the graph says about keeping data. Default: nothing. */
  readonly rules?: CacheRules | null;
}

/** A fetch of the plan, and what the others must know of it. */
interface PlannedFetch {
  readonly node: FetchNode;
  readonly steps: readonly PathStep[];
  readonly text: FetchText;
  readonly selections: FetchSelections;
  readonly keeping: FetchRules;
  /** The objects of the answer that it may write to: response names joined by dots. */
  readonly writes: readonly string[];
}

/**
 * Compiles a plan, once; what comes out runs any number of times, also at once. Of a Subscription it is the part for one event,
 * of a Defer the
 * primary part, beside which the others run (see compileDefer).
 * @throws Error for `@fromContext`, which nothing here can execute
 */
export function compileProgram(
  schema: GraphQLSchema,
  { node }: QueryPlan,
  { responseName, rules = null }: ProgramOptions,
): Program {
  const fetches: PlannedFetch[] = [];
  if (node) collectFetches(node, [], { schema, rules, found: fetches });
  const fetchIds = new Set(fetches.map((fetch) => fetch.node.id));
  const compileOne = (one: FetchNode, path: readonly PathStep[]) =>
    compilePlanned({ schema, responseName, fetches }, one, path);
  const compile = (one: PlanNode | SubscriptionNode, path: readonly PathStep[]): Step => {
    switch (one.kind) {
      case 'Fetch':
        return one.id === undefined ? compileOne(one, path) : announced(compileOne(one, path), one.id);
      case 'Flatten':
        return compile(one.node, [...path, ...readPath(one.path)]);
      case 'Sequence':
        return inOrder(one.nodes.map((inner) => compile(inner, path)));
      case 'Parallel':
        return atOnce(one.nodes.map((inner) => compile(inner, path)));
      case 'Condition':
        return either(
          one.condition,
          one.ifClause ? compile(one.ifClause, path) : nothing,
          one.elseClause ? compile(one.elseClause, path) : nothing,
        );
      case 'Subscription':
        return inOrder(partsOf(one).map((inner) => compile(inner, path)));
      case 'Defer':
        return compileDefer(one, fetchIds, (inner) => compile(inner, path));
      default:
        return one satisfies never;
    }
  };
  const step = node ? compile(node, []) : nothing;
  const mayShare = fetches.every((fetch) => fetch.node.operationKind === OperationTypeNode.QUERY);
  return { step, mayShare, policy: policyOf(fetches) };
}

const nothing: Step = async () => undefined;

/** As long as the least of its fetches. */
function policyOf([first, ...others]: readonly PlannedFetch[]): CachePolicy | null {
  let policy = first?.keeping.caching?.policy ?? null;
  for (const { keeping } of others) policy = policy && keeping.caching && stricter(policy, keeping.caching.policy);
  return policy;
}

/** What a node of several parts runs. */
function partsOf(node: Extract<PlanNode | SubscriptionNode, { kind: 'Subscription' | 'Defer' }>): readonly PlanNode[] {
  const parts =
    node.kind === 'Subscription'
      ? [node.primary, node.rest]
      : [node.primary.node, ...node.deferred.map((deferred) => deferred.node)];
  return parts.filter((part) => part !== undefined);
}

/** What collecting fetches takes, and what was found. */
interface Collecting {
  readonly schema: GraphQLSchema;
  readonly rules: CacheRules | null;
  readonly found: PlannedFetch[];
}

function collectFetches(node: PlanNode | SubscriptionNode, path: readonly PathStep[], into: Collecting): void {
  switch (node.kind) {
    case 'Fetch': {
      const selections = readFetchSelections(node);
      const place = namesOf(path);
      const writes = [place.join('.'), ...[...selections.objects].map((object) => [...place, object].join('.'))];
      const text = readFetchText(node);
      const keeping = compileFetchRules(into, { node, query: text.query });
      into.found.push({ node, steps: path, text, selections, keeping, writes });
      return;
    }
    case 'Flatten':
      collectFetches(node.node, [...path, ...readPath(node.path)], into);
      return;
    case 'Condition':
      for (const inner of [node.ifClause, node.elseClause]) if (inner) collectFetches(inner, path, into);
      return;
    case 'Sequence':
    case 'Parallel':
      for (const inner of node.nodes) collectFetches(inner, path, into);
      return;
    case 'Subscription':
    case 'Defer':
      for (const inner of partsOf(node)) collectFetches(inner, path, into);
      return;
    default:
      node satisfies never;
  }
}

function compilePlanned(
  { fetches, ...known }: Pick<FetchPlan, 'schema' | 'responseName'> & { readonly fetches: readonly PlannedFetch[] },
  node: FetchNode,
  path: readonly PathStep[],
): Step {
  const own = fetches.find((fetch) => fetch.node === node);
  if (!own || node.contextRewrites) throw new Error('the plan needs @fromContext, which cannot be executed');
  const others = fetches.filter((fetch) => fetch !== own);
  const isSame = ({ node: other, text }: PlannedFetch) =>
    other.serviceName === node.serviceName && text.query === own.text.query;
  const place = namesOf(path);
  const isWritten = (field: string) => {
    const object = [...place, field].join('.');
    return others.some(({ writes }) => writes.some((write) => write === object || write.startsWith(`${object}.`)));
  };
  const { text, selections, keeping } = own;
  return compileFetch({
    ...known,
    number: fetches.indexOf(own),
    node,
    steps: path,
    text,
    selections,
    keeping,
    isWritten,
    mayShareObjects: mayShareObjects(fetches, place.join('.')),
    mayRepeat: others.some(isSame),
  });
}

/**
 * Whether equal objects at a place may become one object. Not where two fetches write into it from above, since each may mean another
 * element of a list; and not in a plan whose paths depend on types, since what is written for one place must not show in another.
 */
function mayShareObjects(fetches: readonly PlannedFetch[], place: string): boolean {
  const isOfTypes = fetches.some(({ steps }) => steps.some(({ types }) => types !== null));
  return !isOfTypes && fetches.filter(({ writes: [, ...inner] }) => inner.includes(place)).length <= 1;
}

function inOrder(steps: readonly Step[]): Step {
  const [only] = steps;
  if (only && steps.length === 1) return only;
  return async (run) => {
    for (const step of steps) await step(run);
  };
}

function atOnce(steps: readonly Step[]): Step {
  return async (run) => {
    await Promise.all(steps.map((step) => step(run)));
  };
}

function either(condition: string, ifHolds: Step, otherwise: Step): Step {
  return (run) => (run.flags[condition] === true ? ifHolds(run) : otherwise(run));
}
