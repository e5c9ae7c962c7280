import type { Caller } from '@storefront/platform/identity/caller.ts';
import type { ExecutionResult } from 'graphql';
import type { Balancing } from '../../subgraphs/balancing/balancing.ts';
import { type CostOptions, withCost } from '../cost/price-operation.ts';
import type { OperationRequest } from '../engine.ts';
import { executeOperation } from '../execute.ts';
import type { Generation } from '../generation.ts';
import type { RunOptions } from '../run-operation.ts';
import { type ExplainDeps, explainOperation, type ExplainOptions, notReady } from './explain-operation.ts';
import type { Explained } from './explanation.ts';

/** The part of an engine that explains operations. */
export interface Explainer {
  /**
   * Says how an operation is answered for its caller, and executes it for that when asked to.
   * @throws CodedError GRAPH_NOT_READY, and what `explainOperation` throws
   */
  explain(request: OperationRequest, options: ExplainOptions): Promise<Explained>;
  /** Executes an operation as always, and puts what there is to say about it into `extensions.explain`. */
  executeExplained(generation: Generation, request: OperationRequest): Promise<ExecutionResult>;
}

/** What explaining works with. */
export interface ExplainerDeps {
  readonly current: () => Generation | null;
  /** Who may look behind the graph. */
  readonly mayExplain: (caller: Caller) => boolean;
  readonly cost: CostOptions;
  readonly running: RunOptions;
  readonly balancing?: Pick<Balancing, 'states'>;
}

const forbidden = { error: { code: 'FORBIDDEN', message: 'Explanations are for administrators.' } };

/** Creates it. */
export function createExplainer({ current, mayExplain, cost, running, balancing }: ExplainerDeps): Explainer {
  const execute: ExplainDeps['execute'] = async (generation, request) =>
    withCost(generation, request, await executeOperation(generation, request, running), cost);
  const deps: ExplainDeps = { execute, instances: () => balancing?.states() ?? [] };
  return {
    async explain(request, options) {
      const generation = current();
      if (!generation) throw notReady();
      return generation.hold(() => explainOperation(deps, generation, { request, ...options }));
    },
    executeExplained: (generation, request) =>
      generation.hold(async () => {
        if (!mayExplain(request.caller)) return extend(await execute(generation, request), forbidden);
        const { explanation, result } = await explainOperation(deps, generation, { request, executes: true });
        return extend(result ?? { data: null }, explanation);
      }),
  };
}

function extend({ data, errors, extensions }: ExecutionResult, explain: object): ExecutionResult {
  return {
    ...(errors ? { errors } : {}),
    ...(data === undefined ? {} : { data }),
    extensions: { ...extensions, explain },
  };
}
