import type { QueryPlan } from '@apollo/query-planner';
import { CodedError, describeFault } from '@storefront/platform/errors/coded-error.ts';
import type { Log } from '@storefront/platform/log/log.ts';
import {
  type PlanningThread,
  type PlanningThreadOptions,
  type PlanOutcome,
  type PlanTask,
  startPlanningThread,
} from './planning-thread.ts';

/** Threads that plan the operations of one graph, so that requests go on meanwhile. */
export interface PlanningThreads {
  /**
   * Plans one operation; those that wait go first come, first served, warm-ups last.
   * @throws CodedError DEADLINE_EXCEEDED when it takes longer than `taskTimeoutMs`; the planner's own code when it has one
   * @throws PlanningLost when two threads have died over it
   * @throws Error with the planner's message for anything else
   */
  plan(task: PlanTask, options?: { readonly isWarmUp?: boolean }): Promise<QueryPlan>;
  /** How many threads there are at the moment. */
  readonly running: number;
  /** Ends the threads; what was still to be planned is lost. */
  close(): Promise<void>;
}

/** Threads died, and it is not known why. `canRun` is false when none has ever answered: this machine may not have any. */
export class PlanningLost extends Error {
  override readonly name: string = 'PlanningLost';
  readonly canRun: boolean;

  constructor(canRun: boolean, cause: unknown) {
    super('the planning threads have ended', { cause });
    this.canRun = canRun;
  }
}

export interface PlanningThreadsOptions {
  /** How many may run at once. Default 2: the second comes when an operation waits for the first. */
  readonly threads?: number;
  /** How long a thread waits for more before it ends and gives its memory back. Default 30,000. */
  readonly idleMs?: number;
  /** How long one operation may be planned. Default 10,000. */
  readonly taskTimeoutMs?: number;
  /** What a thread runs. */
  readonly script?: URL;
}

interface Job {
  readonly task: PlanTask;
  readonly isWarmUp: boolean;
  readonly resolve: (plan: QueryPlan) => void;
  readonly reject: (fault: unknown) => void;
  deaths: number;
}

const planWorker = new URL('./plan-worker.ts', import.meta.url);

/** Threads come with the first operation, not before, and go when there is nothing to plan for a while. */
export function createPlanningThreads(
  { supergraphSdl, log }: { readonly supergraphSdl: string; readonly log: Log },
  options: PlanningThreadsOptions = {},
): PlanningThreads {
  const { threads: most = 2, idleMs = 30_000, taskTimeoutMs = 10_000, script = planWorker } = options;
  const queue = createQueue();
  const threads = new Set<PlanningThread>();
  let canRun = false;
  let isClosed = false;

  const startThread = () => addThread(threads, supergraphSdl, { idleMs, taskTimeoutMs, script });
  const next = () => {
    if (queue.isEmpty()) return;
    const thread = [...threads].find(({ isBusy }) => !isBusy) ?? (threads.size < most ? startThread() : undefined);
    const job = thread && queue.take();
    if (thread && job) void run(thread, job);
  };
  const run = async (thread: PlanningThread, job: Job) => {
    try {
      settle(job, await thread.plan(job.task));
      canRun = true;
    } catch (fault) {
      if (fault instanceof CodedError) job.reject(fault);
      else lose(job, fault);
    }
    next();
  };
  const lose = (job: Job, fault: unknown) => {
    job.deaths += 1;
    log.warn({ fault: describeFault(fault), deaths: job.deaths }, 'a planning thread has ended');
    if (job.deaths > 1 || isClosed) job.reject(new PlanningLost(canRun, fault));
    else queue.add(job);
  };
  const close = async () => {
    isClosed = true;
    for (let job = queue.take(); job; job = queue.take()) job.reject(new PlanningLost(canRun, 'the graph is closed'));
    await Promise.all([...threads].map((thread) => thread.end()));
  };
  return {
    plan: (task, { isWarmUp = false } = {}) =>
      new Promise((resolve, reject) => {
        queue.add({ task, isWarmUp, resolve, reject, deaths: 0 });
        next();
      }),
    get running() {
      return threads.size;
    },
    close,
  };
}

function addThread(
  threads: Set<PlanningThread>,
  supergraphSdl: string,
  options: Omit<PlanningThreadOptions, 'onEnd'>,
): PlanningThread {
  const onEnd = () => threads.delete(thread);
  const thread: PlanningThread = startPlanningThread(supergraphSdl, { ...options, onEnd });
  threads.add(thread);
  return thread;
}

/** First come, first served; warm-ups last. What has cost a thread its life goes behind the others. */
function createQueue() {
  const waiting: Job[] = [];
  const warmUps: Job[] = [];
  return {
    isEmpty: () => waiting.length + warmUps.length === 0,
    add: (job: Job) => void (job.isWarmUp ? warmUps : waiting).push(job),
    take: () => waiting.shift() ?? warmUps.shift(),
  };
}

function settle(job: Job, outcome: PlanOutcome): void {
  if ('plan' in outcome) job.resolve(JSON.parse(outcome.plan) as QueryPlan);
  else if (outcome.code === undefined) job.reject(new Error(outcome.message));
  else job.reject(new CodedError(outcome.code, outcome.message));
}
