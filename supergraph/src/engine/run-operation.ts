import { createCacheReport } from '../cache/cache-report.ts';
import type { DomainEvent } from '@storefront/schema/events/event.ts';
import type { ExecutionResult, GraphQLError } from 'graphql';
import { startBudget } from '../subgraphs/budget.ts';
import type { Signal } from '../subgraphs/signal.ts';
import { Completion } from './compile/completion.ts';
import { explain } from './compile/explain.ts';
import { answersOf, createReplay } from './compile/replay.ts';
import { createProgress, type Progress, type Run, type RunContext } from './compile/run.ts';
import type { OperationRequest } from './engine.ts';
import type { Flights } from './flights.ts';
import type { Generation } from './generation.ts';
import type { KeptRun, Memo } from './memo.ts';
import type { CompiledOperation } from './plan.ts';
import { type ErrorTelling, toPublicError } from './public-errors.ts';
import { copyResult, createResult } from './result.ts';
import { leaveOutUnasked } from './unasked-errors.ts';

/** What running an operation needs besides its generation. */
export interface RunOptions extends ErrorTelling {
  /** The budget of a whole request. */
  readonly requestTimeoutMs: number;
  readonly flights: Flights;
  readonly memo: Memo;
  /** The event that a subscription operation is executed for. */
  readonly announced?: AnnouncedEvent;
}

/** An event as a subscriber gets it. */
export interface AnnouncedEvent {
  readonly event: DomainEvent;
  readonly cursor: string;
}

/** An operation that is prepared: what the caller may not have of it is known. */
export interface PreparedOperation {
  readonly request: OperationRequest;
  /** Coerced. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly deniedErrors: readonly GraphQLError[];
  readonly options: RunOptions;
}

/**
 * Runs a compiled operation. What only reads may be shared with equal operations of equal callers (see flights.ts), and saves the work
 * when all subgraphs answer what they answered the last time (see memo.ts); both are invisible in the answer.
 * @throws whatever is a fault of ours
 */
export async function runOperation(
  generation: Generation,
  compiled: CompiledOperation,
  prepared: PreparedOperation,
): Promise<ExecutionResult> {
  const { request, options } = prepared;
  const { flights } = options;
  const isAlone = request.noStore || request.noCache || request.explains;
  if (!compiled.program?.mayShare || options.announced || isAlone) {
    try {
      return await runWithin(generation, compiled, { ...prepared, key: null, progress: createProgress() });
    } finally {
      if (compiled.program?.mayShare === false && !options.announced) flights.clear();
    }
  }
  const key = flights.keyOf(compiled, request);
  return flights.join(key, prepared, (progress) =>
    runWithin(generation, compiled, { ...prepared, key: key?.operation ?? null, progress }),
  );
}

/** What is known of one run; `key` names it in the memo. */
interface RunGiven extends PreparedOperation {
  readonly key: string | null;
  readonly progress: Progress;
}

async function runWithin(
  generation: Generation,
  compiled: CompiledOperation,
  given: RunGiven,
): Promise<ExecutionResult> {
  const { requestTimeoutMs } = given.options;
  const budget = startBudget(given.request.signal, requestTimeoutMs);
  try {
    const run = createRun(generation, compiled, { ...given, signal: budget.signal, parts: null });
    const { key, options } = given;
    return key === null
      ? await runOnce(run, compiled, given)
      : await runRemembered(run, compiled, { ...given, key, memo: options.memo });
  } finally {
    budget.end();
  }
}

/** A run that has not begun. `signal` ends with the budget of the request. */
export function createRun(
  { client, log, cache }: Generation,
  { program }: CompiledOperation,
  given: PreparedOperation & Pick<Run, 'parts' | 'progress'> & { readonly signal: Signal },
): Run {
  const { request, variables, options, parts, progress, signal } = given;
  const { announced, requestTimeoutMs } = options;
  const context: RunContext = {
    caller: request.caller,
    signal,
    traceparent: request.traceparent,
    clientAddress: request.clientAddress,
    deadlineAtMs: performance.now() + requestTimeoutMs,
    ...(announced ? { event: announced } : {}),
  };
  return {
    data: {},
    variables: request.variables ?? {},
    flags: variables,
    context,
    client,
    log,
    mayShare: (program?.mayShare ?? true) && !request.noStore,
    errors: [],
    outages: [],
    failed: new Map(),
    shared: new Map(),
    parts,
    repeated: new Map(),
    replay: null,
    isReplayed: false,
    kept: null,
    progress,
    cache,
    refreshes: request.noCache === true,
    report: cache && request.caching ? createCacheReport(program?.policy ?? null) : null,
  };
}

/** Runs with what is remembered of the last time, and remembers what is worth it. */
async function runRemembered(
  run: Run,
  compiled: CompiledOperation,
  given: RunGiven & { readonly key: string; readonly memo: Memo },
): Promise<ExecutionResult> {
  const { key, memo, progress } = given;
  const before = memo.recall(key);
  if (!before) {
    if (!memo.isWorthKeeping(key)) return runOnce(run, compiled, given);
    return runAndKeep({ ...run, kept: [] }, compiled, given);
  }
  const replay = createReplay(before.fetches);
  await compiled.program?.step({ ...run, replay });
  if (!replay.isExact || !progress.mayKeep) {
    const repeated = answersOf(replay);
    return runAndKeep({ ...run, repeated, isReplayed: true, kept: [] }, compiled, { ...given, before });
  }
  memo.hit(before);
  return copyResult(before.result, run.report);
}

async function runAndKeep(
  run: Run,
  compiled: CompiledOperation,
  given: RunGiven & { readonly key: string; readonly memo: Memo; readonly before?: KeptRun },
): Promise<ExecutionResult> {
  await compiled.program?.step(run);
  const { result, isFaultless } = finish(run, compiled, given);
  const { key, memo, before, progress } = given;
  if (isFaultless && run.kept && progress.mayKeep) memo.keep(key, { fetches: run.kept, result }, before);
  return result;
}

async function runOnce(run: Run, compiled: CompiledOperation, given: PreparedOperation): Promise<ExecutionResult> {
  await compiled.program?.step(run);
  return finish(run, compiled, given).result;
}

function finish(
  run: Run,
  { shape, introspect }: CompiledOperation,
  { deniedErrors, variables, options }: PreparedOperation,
): { readonly result: ExecutionResult; readonly isFaultless: boolean } {
  const completion = new Completion({
    tracksMissing: run.outages.length > 0,
    introspected: introspect(run.variables),
    shared: run.shared,
  });
  const text = shape(run.data, variables, completion);
  const isFaultless = completion.faults.length + run.errors.length + run.outages.length === 0;
  if (isFaultless && deniedErrors.length === 0) return { result: createResult(text, [], run.report), isFaultless };
  const explained = deniedErrors.flatMap(({ path }) => (path ? [path] : []));
  const told = leaveOutUnasked(run.errors, text);
  const found = explain({ errors: told, outages: run.outages, faults: completion.faults, explained });
  const errors = [...deniedErrors, ...found.map((fault) => toPublicError(options, fault))];
  return { result: createResult(text, errors, run.report), isFaultless };
}
