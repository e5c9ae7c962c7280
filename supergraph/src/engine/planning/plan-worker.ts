/** Runs in a worker thread: holds the planner of one graph, of the SDL in `workerData`, and answers each `PlanTask` with a `PlanOutcome`. */
import { parentPort, workerData } from 'node:worker_threads';
import { parse } from 'graphql';
import { buildPlan } from './build-plan.ts';
import { loadQueryPlanner } from './load-query-planner.ts';
import type { PlanOutcome, PlanTask } from './planning-thread.ts';

const queryPlanner = loadQueryPlanner(String(workerData));
const apiSchema = queryPlanner.supergraph.apiSchema();

parentPort?.on('message', (task: PlanTask) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
  parentPort?.postMessage(plan(task));
});

function plan({ source, operationName, overrides }: PlanTask): PlanOutcome {
  try {
    const document = parse(source, { noLocation: true });
    return { plan: JSON.stringify(buildPlan({ queryPlanner, apiSchema }, { document, operationName, overrides })) };
  } catch (fault) {
    const { message, code } = fault as { readonly message?: unknown; readonly code?: unknown };
    return { message: String(message), ...(typeof code === 'string' ? { code } : {}) };
  }
}
