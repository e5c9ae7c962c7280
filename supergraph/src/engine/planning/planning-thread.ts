import { Worker } from 'node:worker_threads';
import { CodedError } from '@storefront/platform/errors/coded-error.ts';

/** What a thread plans: an operation as text. `overrides` says of labels of @override whether they are set. */
export interface PlanTask {
  readonly source: string;
  readonly operationName?: string | undefined;
  readonly overrides: readonly (readonly [label: string, isSet: boolean])[];
}

/** A plan as JSON, or what the planner said instead. */
export type PlanOutcome = { readonly plan: string } | { readonly message: string; readonly code?: string };

/** A worker thread with the planner of one graph. It plans one operation at a time. */
export interface PlanningThread {
  readonly isBusy: boolean;
  /** @throws CodedError DEADLINE_EXCEEDED when it takes too long; the cause when the thread dies over it. It has ended then */
  plan(task: PlanTask): Promise<PlanOutcome>;
  end(): Promise<void>;
}

export interface PlanningThreadOptions {
  /** How long it waits for more before it ends and gives its memory back. */
  readonly idleMs: number;
  /** How long one operation may be planned. */
  readonly taskTimeoutMs: number;
  /** What it runs. */
  readonly script: URL;
  /** Called once, when the thread ends for whatever reason. */
  readonly onEnd: () => void;
}

interface Job {
  readonly resolve: (outcome: PlanOutcome) => void;
  readonly reject: (fault: unknown) => void;
}

/** A planner of runaway memory must not take the gateway along; a small young generation saves it 12 MB. */
const resourceLimits = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 4 };

/** Starts a thread. It does not keep the process alive while it waits. */
export function startPlanningThread(
  supergraphSdl: string,
  { idleMs, taskTimeoutMs, script, onEnd }: PlanningThreadOptions,
): PlanningThread {
  let job: Job | null = null;
  let timer: NodeJS.Timeout | undefined;
  let fault: unknown;
  const worker = new Worker(script, { workerData: supergraphSdl, resourceLimits });
  const end = (cause: unknown) => {
    clearTimeout(timer);
    job?.reject(cause);
    job = null;
    onEnd();
    return worker.terminate();
  };
  worker.unref();
  worker.on('message', (outcome: PlanOutcome) => {
    clearTimeout(timer);
    job?.resolve(outcome);
    job = null;
    worker.unref();
    timer = setTimeout(() => void end(undefined), idleMs).unref();
  });
  worker.on('error', (cause) => {
    fault = cause;
  });
  worker.on('exit', (code) => void end(fault ?? new Error(`the planning thread ended with ${code}`)));
  return {
    get isBusy() {
      return job !== null;
    },
    plan: (task) =>
      new Promise((resolve, reject) => {
        clearTimeout(timer);
        job = { resolve, reject };
        worker.ref();
        const late = new CodedError('DEADLINE_EXCEEDED', 'Planning the operation took too long');
        timer = setTimeout(() => void end(late), taskTimeoutMs);
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
        worker.postMessage(task);
      }),
    end: async () => void (await end(new Error('the planning thread was ended'))),
  };
}
