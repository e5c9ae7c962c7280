import { CodedError, describeFault } from '@storefront/platform/errors/coded-error.ts';
import type { ExecutionResult, OperationDefinitionNode } from 'graphql';
import { startBudget } from '../../subgraphs/budget.ts';
import { waitFor } from '../../subgraphs/wait-for.ts';
import type { Signal } from '../../subgraphs/signal.ts';
import { createProgress } from '../compile/run.ts';
import type { OperationRequest } from '../engine.ts';
import { executeOperation, prepareKnown } from '../execute.ts';
import type { Generation } from '../generation.ts';
import type { CompiledOperation } from '../plan.ts';
import { toPublicError } from '../public-errors.ts';
import { createRun, type RunOptions } from '../run-operation.ts';
import { createDeferredParts, type DeferredParts } from './deferred-parts.ts';
import { deliver } from './deliver.ts';
import { type IncrementalResult, isIncremental } from './incremental-result.ts';
import type { Defers } from './read-defers.ts';

type Answer = ExecutionResult | IncrementalResult;

/** What a request defers, and the operation that it does that with. */
interface Found extends Defers {
  readonly asked: OperationDefinitionNode;
}

/** What the operation of a request defers with its variables; null when that is nothing, or something is wrong with it. */
export function findDefers(
  { planner, defers }: Generation,
  request: Pick<OperationRequest, 'document' | 'source' | 'operationName' | 'variables' | 'caller'>,
): Found | null {
  if (!defers.mayDefer(request.document)) return null;
  try {
    const asked = planner.find(request);
    const found = defers.read(asked);
    return found?.isDeferred(request.variables ?? {}) ? { ...found, asked: asked.operation } : null;
  } catch {
    return null; // whoever executes it is told
  }
}

/**
 * The way of an operation that defers something: as that of any other, but the answer begins when its primary part has run, and
 * the generation is held until all parts have. The budget is that of the whole. Never throws.
 */
export function executeInParts(
  generation: Generation,
  request: OperationRequest,
  options: RunOptions,
): Promise<Answer> {
  const answer = Promise.withResolvers<Answer>();
  void generation.hold(async () => {
    const endsAtMs = performance.now() + options.requestTimeoutMs;
    const budget = startBudget(request.signal, options.requestTimeoutMs);
    const parts = createDeferredParts(budget.signal);
    const site = { request, options, signal: budget.signal, endsAtMs, parts, end: () => budget.cancel() };
    const begun = await begin(generation, site).catch((cause: unknown) => {
      const fault = budget.isSpent
        ? new CodedError('DEADLINE_EXCEEDED', 'The request took too long', { cause })
        : cause;
      return { errors: [toPublicError(options, fault)] };
    });
    if (!isIncremental(begun)) budget.cancel();
    answer.resolve(begun);
    await parts.ended();
    budget.end();
  });
  return answer.promise;
}

interface PartsSite {
  readonly request: OperationRequest;
  readonly options: RunOptions;
  readonly signal: Signal;
  readonly endsAtMs: number;
  readonly parts: DeferredParts;
  readonly end: () => void;
}

async function begin(generation: Generation, site: PartsSite): Promise<Answer> {
  const { planner } = generation;
  const { request, parts, end, signal } = site;
  const found = findDefers(generation, request);
  if (!found) return executeOperation(generation, { ...request, signal }, site.options);
  const prepared = prepareKnown(planner.find({ ...request, ...found.inParts }), request.variables);
  const { known, variables, deniedErrors } = prepared;
  const compiled = await planParts(generation, found, signal, async () => {
    const planned = planner.plan(known, variables);
    return planned instanceof Promise ? waitFor(planned, signal) : planned;
  });
  if (!compiled) return begin(generation, site);
  const options = { ...site.options, requestTimeoutMs: site.endsAtMs - performance.now() };
  const run = createRun(generation, compiled, {
    ...site,
    options,
    variables,
    deniedErrors,
    progress: createProgress(),
  });
  await compiled.program?.step(run);
  if (!run.mayShare) options.flights.clear();
  const { operation } = known;
  const { clientLabels } = found;
  return deliver({ telling: options, compiled, run, parts, operation, clientLabels, denied: deniedErrors, end });
}

/**
 * Apollo's planner cannot defer what needs a @requires further down, and says which part that is: null then, and from now on the part
 * is not deferred.
 */
async function planParts(
  { defers, log }: Generation,
  { asked }: Found,
  signal: Signal,
  planNow: () => Promise<CompiledOperation>,
): Promise<CompiledOperation | null> {
  try {
    return await planNow();
  } catch (fault) {
    if (fault instanceof CodedError || signal.aborted) throw fault;
    log.info({ operation: asked.name?.value, fault: describeFault(fault) }, 'a part cannot be deferred');
    defers.ignore(asked, /deferRef "(part\d+)"/.exec(String(fault))?.[1] ?? null);
    return null;
  }
}
