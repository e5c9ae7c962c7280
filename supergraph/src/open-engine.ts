import type { Scope } from '@storefront/platform/process/run.ts';
import type { Metrics } from '@storefront/platform/telemetry/metrics.ts';
import type { GatewayConfig } from './config.ts';
import { createEngine } from './engine/engine.ts';
import type { Engine, EngineOptions } from './engine/engine.ts';
import { traceEngine } from './engine/trace-engine.ts';
import { policies } from './policies.ts';
import type { Sources } from './sources/sources.ts';
import { traceFetches } from './subgraphs/trace-fetches.ts';

/** What the engine of a gateway stands on. */
export interface OpenEngineDeps extends Sources {
  readonly metrics: Metrics;
  readonly scope: Scope;
}

/** Opens the engine as the configuration says, traced where the scope has a tracer. The scope closes it. */
export function openEngine(
  { scope, ...deps }: OpenEngineDeps,
  config: GatewayConfig,
  given: Pick<EngineOptions, 'showDetail' | 'mayExplain'>,
): Engine {
  const { log, tracer } = scope;
  const client = tracer ? traceFetches(deps.client, tracer) : deps.client;
  const bare = createEngine(
    { ...deps, client, log, tracer },
    {
      ...given,
      sharing: config.SHARE_FETCHES,
      memoBytes: config.MEMO_BYTES,
      enforcers: policies,
      planning: planningOptions(config, deps),
      cost: costOptions(config),
    },
  );
  const engine = tracer ? traceEngine(bare, tracer) : bare;
  scope.defer('engine', () => engine.close());
  return engine;
}

function planningOptions(
  { PLAN_CACHE_BYTES: planCacheBytes, OVERRIDE_LABELS }: GatewayConfig,
  { shares }: Pick<Sources, 'shares'>,
): EngineOptions['planning'] {
  const labels = new Set(OVERRIDE_LABELS);
  const isLabelSet = (label: string) => labels.has(label);
  return { planCacheBytes, overrides: { isLabelSet, shareOf: (label) => shares?.shareOf(label) } };
}

function costOptions(config: GatewayConfig): EngineOptions['cost'] {
  const isUnlimited = config.source === 'file' && config.LIMITS === 'off';
  return {
    maximum: isUnlimited ? Infinity : config.LIMIT_COST,
    assumedListSize: config.COST_ASSUMED_LIST_SIZE,
  };
}
