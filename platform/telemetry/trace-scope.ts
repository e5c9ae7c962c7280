import type { Environment } from '../config/config.ts';
import type { Scope } from '../process/scope.ts';
import { readTracingConfig } from './tracing-config.ts';

/**
 * Gives a scope the tracer that the environment asks for, closed as the last of all. Where nothing is traced nothing is loaded,
 * and the scope stays as it is. @throws ConfigError
 */
export async function traceScope(scope: Scope, serviceName: string, environment: Environment): Promise<Scope> {
  const config = readTracingConfig(environment, serviceName);
  if (config === null) return scope;
  const { openTracer } = await import('./open-tracer.ts');
  const tracer = await openTracer(config);
  scope.defer('traces', () => tracer.close(), { timeoutMs: 3_000 });
  scope.log.info({ to: new URL(config.tracesUrl).host, sampler: config.sampling.root }, 'traces are sent');
  return { ...scope, tracer };
}
