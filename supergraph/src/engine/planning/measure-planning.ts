import type { Metrics } from '@storefront/platform/telemetry/metrics.ts';
import type { OperationCompiler } from './compile-operation.ts';
import type { PlanningThreads } from './planning-threads.ts';

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** The same compiler and threads; how long they take is told. */
export function measurePlanning({
  compiler,
  threads,
  metrics,
}: {
  readonly compiler: OperationCompiler;
  readonly threads: PlanningThreads;
  readonly metrics: Metrics;
}): { readonly compiler: OperationCompiler; readonly threads: Pick<PlanningThreads, 'plan'> } {
  const took = metrics.histogram(
    {
      name: 'planning_seconds',
      help: 'How long it took to make an operation run: plan (here), thread (planned in a thread, its wait within), compile.',
      labels: ['step'],
    },
    seconds,
  );
  const timed = <Result>(step: string, task: () => Result): Result => {
    const startedAt = performance.now();
    const tell = () => took.observe((performance.now() - startedAt) / 1_000, { step });
    const result = task();
    if (result instanceof Promise) result.then(tell, tell);
    else tell();
    return result;
  };
  return {
    compiler: {
      draft: (...given) => compiler.draft(...given),
      restore: (...given) => compiler.restore(...given),
      planHere: (...given) => timed('plan', () => compiler.planHere(...given)),
      compile: (...given) => timed('compile', () => compiler.compile(...given)),
    },
    threads: { plan: (...given) => timed('thread', () => threads.plan(...given)) },
  };
}
