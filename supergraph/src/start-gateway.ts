import { openMetricsServer } from '@storefront/platform/http/metrics-server.ts';
import { createLameDuck } from '@storefront/platform/http/lame-duck.ts';
import { createHttpServer, listen } from '@storefront/platform/http/server.ts';
import { type Caller, hasScope } from '@storefront/platform/identity/caller.ts';
import type { Scope } from '@storefront/platform/process/run.ts';
import { createMetrics, type Metrics, silentMetrics } from '@storefront/platform/telemetry/metrics.ts';
import type { Tracer } from '@storefront/platform/telemetry/tracer.ts';
import type { FastifyInstance } from 'fastify';
import { measureGraph } from './admin/measure-graph.ts';
import { type EndedOperation, measureOperations } from './admin/measure-operations.ts';
import { measureGuards } from './admin/measure-guards.ts';
import { serveExplain } from './admin/serve-explain.ts';
import { serveAdmin } from './admin/serve-admin.ts';
import { measureCache } from './cache/measure-cache.ts';
import type { GatewayConfig } from './config.ts';
import type { Console } from './console/open-console.ts';
import type { Engine } from './engine/engine.ts';
import { AdaptiveLimit } from './guards/adaptive-limit.ts';
import { createGuards } from './guards/create-guards.ts';
import type { Guards } from './guards/create-guards.ts';
import { openSources } from './sources/open-sources.ts';
import type { Sources } from './sources/sources.ts';
import { openEngine } from './open-engine.ts';
import { waitForGraph } from './wait-for-graph.ts';
import { allowOrigins } from './transports/http/cross-origin.ts';
import { followExchanges } from './transports/http/exchange.ts';
import { findTexts } from './transports/http/find-texts.ts';
import { setSecurityHeaders } from './transports/http/security-headers.ts';
import { shedLoad } from './transports/http/shed-load.ts';
import { serveGraphql } from './transports/http/serve-graphql.ts';
import { serveIdePage } from './transports/pages/ide-page.ts';
import { answerSandboxPage } from './transports/pages/sandbox-page.ts';
import type * as ServeLive from './transports/serve-live.ts';

/** Where a gateway listens. */
export interface StartedGateway {
  readonly url: string;
  readonly port: number;
  /** Where its measures are told; null when they are not. */
  readonly metricsUrl: string | null;
}

/**
 * Starts the gateway: sources, engine, guards, transports, in this order, and closes them in the reverse one. /ready says
 * what is waited for. Without servers of the house (see config.ts) there are no REST routes and no subscriptions.
 * What one configuration does not serve is not loaded: it would stay in memory. @throws CodedError PORT_TAKEN; what `openSources` throws
 */
export async function startGateway(config: GatewayConfig, scope: Scope): Promise<StartedGateway> {
  const { log } = scope;
  const showDetail = config.NODE_ENV !== 'production';
  const metrics = config.METRICS_PORT === undefined ? silentMetrics : createMetrics('gateway', { process: true });
  const opened = await openSources(config, scope, metrics);
  const watching = await openConsole(opened, config, scope);
  const sources = watching?.sources ?? opened;
  const { tracer } = scope;
  const mayExplain = (caller: Caller) => showDetail || hasScope(caller, 'graph:explain');
  const engine = openEngine({ ...sources, metrics, scope }, config, { showDetail, mayExplain });
  const guards = createGuards({ ...sources, engine, log }, config);
  scope.defer('guards', () => guards.close());
  const server = createHttpServer({ log }, { bodyLimit: config.LIMIT_BODY_BYTES });
  measureGraph(metrics, { ...sources, engine });
  measureCache(metrics, sources.cache);
  const shedding = openShedding(config);
  measureGuards(metrics, { ...guards, shedding });
  const listeners = [
    ...(metrics === silentMetrics ? [] : [measureOperations(metrics)]),
    ...(watching ? [watching.onOperation] : []),
  ];
  const onOperation = tellAll(listeners);
  const deps = { ...sources, ...guards, engine, log, metrics, tracer, ...(onOperation ? { onOperation } : {}) };
  await serveTransports(server, deps, { config, scope });
  watching?.serve(server, { ...deps, shedding, mayExplain });
  serveExplain(server, { ...deps, mayExplain });
  const admin = serveAdmin(server, deps, { showDetail });
  if (shedding) scope.defer('shedding', shedLoad(server.server, { limit: shedding, bulkClients: config.BULK_CLIENTS }));
  if (config.WORKERS > 1 || config.SHARE_PORT) await waitForGraph(engine, sources);
  const metricsUrl = await openMetrics(metrics, scope, config);
  const drain = createLameDuck(server, config.DRAIN_WAIT_MS);
  const { SERVICE_HOST: host, SERVICE_PORT: asked, SHARE_PORT: isShared } = config;
  const listening = await listen(server, { host, port: asked, isShared });
  scope.defer('lame duck', drain);
  scope.defer('readiness', () => admin.beginShutdown());
  await register(sources, scope, { address: config.SERVICE_ADDRESS, port: listening.port });
  return { ...listening, metricsUrl };
}

async function register(
  { discovery }: Pick<Sources, 'discovery'>,
  { defer }: Pick<Scope, 'defer'>,
  place: { readonly address: string; readonly port: number },
): Promise<void> {
  const registration = await discovery.register({ name: 'gateway', ...place, tags: ['gateway'], meta: {} });
  defer('registration', () => registration.deregister());
}

function openShedding({ SHED_LOAD, SHED_LAG_MS: lagMs, SHED_LATENCY_MS: latencyMs }: GatewayConfig) {
  return SHED_LOAD ? new AdaptiveLimit({ lagMs, latencyMs }) : null;
}

/** Of several workers each has its own measures, at a port of its own. */
async function openMetrics(metrics: Metrics, scope: Scope, config: GatewayConfig): Promise<string | null> {
  const { METRICS_PORT: first, METRICS_HOST: host, WORKER_NUMBER: number } = config;
  if (first === undefined) return null;
  const port = first === 0 ? 0 : first + number - 1;
  const { url } = await openMetricsServer(scope, metrics, { host, port, isShared: config.SHARE_PORT });
  return `${url}/metrics`;
}

interface TransportDeps extends Sources, Guards, Pick<Scope, 'log'> {
  readonly engine: Engine;
  readonly metrics: Metrics;
  readonly tracer: Tracer | null;
  readonly onOperation?: (operation: EndedOperation) => void;
}
type TransportOptions = { readonly config: GatewayConfig; readonly scope: Scope };

async function serveTransports(server: FastifyInstance, deps: TransportDeps, options: TransportOptions): Promise<void> {
  const { config, scope } = options;
  const { TRUSTED_PROXY_HOPS: trustedProxyHops, CORS_ORIGINS: origins, INTROSPECTION: introspection } = config;
  const { onOperation, tracer } = deps;
  const tellsCaching = deps.cache !== null;
  const following = { trustedProxyHops, tellsCaching, tracer, ...(onOperation ? { onOperation } : {}) };
  followExchanges(server, deps.log, following);
  setSecurityHeaders(server, { isProduction: config.NODE_ENV === 'production' });
  allowOrigins(server, origins);
  findTexts(server, deps.texts);
  const landingPage = config.IDE ? answerSandboxPage : undefined;
  const limits = deps.limiter.limit ? { maxTokens: config.LIMIT_TOKENS } : { maxTokens: Infinity };
  const live = deps.live && (await openLive(server, { ...deps, ...deps.live }, config));
  const graphql = await serveGraphql(server, deps, {
    introspection,
    suggestions: introspection,
    shortWay: config.SHORT_WAY,
    landingPage,
    ...limits,
  });
  scope.defer('graphql', () => graphql.close());
  if (config.IDE) serveIdePage(server);
  if (config.source === 'servers') {
    const { serveHouseRoutes } = await import('./transports/rest/serve-house-routes.ts');
    serveHouseRoutes(server, deps, { pages: config.IDE });
  }
  scope.defer('http', () => server.close());
  if (live) scope.defer('live transports', () => live.close());
}

async function openConsole(sources: Sources, config: GatewayConfig, scope: Scope): Promise<Console | null> {
  if (config.source !== 'servers' || !config.CONSOLE) return null;
  const { openConsole: open } = await import('./console/open-console.ts');
  return open(sources, config, scope);
}

/** One listener for all of them; none when nobody listens, so that nothing is described for nobody. */
function tellAll(
  listeners: readonly ((operation: EndedOperation) => void)[],
): ((operation: EndedOperation) => void) | undefined {
  if (listeners.length < 2) return listeners[0];
  return (operation) => {
    for (const listener of listeners) listener(operation);
  };
}

async function openLive(...given: Parameters<typeof ServeLive.serveLive>) {
  const { serveLive } = await import('./transports/serve-live.ts');
  return serveLive(...given);
}
