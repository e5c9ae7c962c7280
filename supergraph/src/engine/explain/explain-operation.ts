import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import { type ExecutionResult, OperationTypeNode } from 'graphql';
import { codesOf } from '../../guards/error-codes.ts';
import type { InstanceState } from '../../subgraphs/balancing/balancing.ts';
import type { OperationRequest } from '../engine.ts';
import { prepareKnown } from '../execute.ts';
import type { Generation } from '../generation.ts';
import { readAppliedPolicies } from './applied-policies.ts';
import { drawPlan } from './draw-plan.ts';
import { type Explained, type Explanation, joinFetches } from './explanation.ts';
import { writePlan } from './plan-text.ts';
import { fetchesOf, type PlanStep, readPlan } from './plan-tree.ts';
import { recordFetches, type RecordedFetch } from './record-fetches.ts';

/** What explaining works with. `execute` must not reject for what is wrong with an operation. */
export interface ExplainDeps {
  readonly execute: (generation: Generation, request: OperationRequest) => Promise<ExecutionResult>;
  readonly instances: () => readonly InstanceState[];
}

/** How an operation is explained. */
export interface ExplainOptions {
  /** Executes it too, as the caller and for itself alone, so that its times are its own. A subscription never is. */
  readonly executes: boolean;
}

/**
 * Says how an operation is answered for its caller. @throws CodedError for what is no operation of the graph, or cannot be
 * planned: GRAPHQL_VALIDATION_FAILED, BAD_USER_INPUT, OPERATION_RESOLUTION_FAILURE
 */
export async function explainOperation(
  { execute, instances }: ExplainDeps,
  generation: Generation,
  { request, executes }: ExplainOptions & { readonly request: OperationRequest },
): Promise<Explained> {
  const known = generation.planner.find(request);
  const { variables, deniedErrors } = prepareKnown(known, request.variables);
  const plannedAtMs = performance.now();
  const planned = generation.planner.explain(known, variables);
  const planMs = performance.now() - plannedAtMs;
  const tree = planned && readPlan(planned);
  const isExecuted = executes && known.operation.operation !== OperationTypeNode.SUBSCRIPTION;
  const startedAtMs = performance.now();
  const recording = recordFetches(generation.client, startedAtMs);
  const recorded = { ...generation, client: recording.client };
  const caching = request.caching ?? { cacheReport: null };
  const asked = { ...request, explains: true, tellsCost: true, tellsCache: true, caching };
  const result = isExecuted ? await execute(recorded, asked) : null;
  const totalMs = isExecuted ? round(performance.now() - startedAtMs) : null;
  const { operation, name } = known.operation;
  const explanation: Explanation = {
    operation: { name: name?.value ?? null, type: operation },
    graph: generation.graph.id,
    ...draw(tree, recording.fetches, totalMs),
    policies: {
      applied: readAppliedPolicies(generation.graph, request.document, generation.rightsOf(request.caller)),
      denied: deniedErrors.map((error) => ({ path: error.path ?? [], code: codesOf([error])[0] ?? 'FORBIDDEN' })),
      isDeniedWhole: known.allowed === null,
    },
    timings: { planMs: round(planMs), totalMs },
    instances: describeInstances(tree, instances()),
    cost: result?.extensions?.['cost'] ?? null,
    cache: result?.extensions?.['cache'] ?? null,
  };
  return { explanation, result };
}

function draw(
  tree: PlanStep | null,
  fetches: readonly RecordedFetch[],
  totalMs: number | null,
): Pick<Explanation, 'plan' | 'text' | 'picture'> {
  const plan = tree && joinFetches(tree, fetches);
  return { plan, text: writePlan(plan), picture: drawPlan(plan, totalMs) };
}

function describeInstances(tree: PlanStep | null, states: readonly InstanceState[]): Explanation['instances'] {
  const wanted = new Set(fetchesOf(tree).map(({ subgraph }) => subgraph));
  return states
    .filter(({ subgraph }) => wanted.has(subgraph))
    .map(({ subgraph, instance, phase }) => ({ subgraph, instance, breaker: phase }));
}

/** Why nothing can be explained yet. */
export function notReady(): CodedError {
  return new CodedError('GRAPH_NOT_READY', 'The graph is not there yet: try again in a moment', { httpStatus: 503 });
}

const round = (ms: number) => Math.round(ms * 100) / 100;
