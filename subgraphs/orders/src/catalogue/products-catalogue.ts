import { describeFault } from '@storefront/platform/errors/coded-error.ts';
import { anonymous } from '@storefront/platform/identity/caller.ts';
import type { InternalTokens } from '@storefront/platform/identity/internal-tokens.ts';
import type { Instance } from '@storefront/platform/discovery/discovery.ts';
import type { Log } from '@storefront/platform/log/log.ts';
import { childTraceparent } from '@storefront/platform/telemetry/trace-context.ts';
import type { Span, Tracer } from '@storefront/platform/telemetry/tracer.ts';
import { Agent } from 'undici';
import type { Catalogue, CatalogueCall, Clock } from '../use-cases/ports.ts';
import { admit, type BreakerLimits, type BreakerState, closedBreaker, failed, succeeded } from './breaker.ts';
import { postJson, type PostResult } from './post.ts';
import { type PriceQuery, priceQuery, readPrices } from './price-query.ts';

/** What asking products needs. `instances` are those that pass their health check now. */
export interface CatalogueDeps {
  instances(): readonly Instance[];
  readonly tokens: InternalTokens;
  readonly clock: Clock;
  readonly log: Log;
  /** Makes a span of each question. Default: none. */
  readonly tracer?: Tracer | null;
}

/** How patient the catalogue is; times in milliseconds. */
export interface CatalogueOptions extends BreakerLimits {
  readonly timeoutMs: number;
}

/** One second per try; five failures in a row open the circuit for two seconds. */
export const defaultCatalogueOptions: CatalogueOptions = Object.freeze({
  timeoutMs: 1_000,
  threshold: 5,
  openMs: 2_000,
});

const TRIES = 2;

/** A catalogue that holds connections. Whoever opens it closes it. */
export interface OpenCatalogue extends Catalogue {
  close(): Promise<void>;
}

/**
 * The catalogue that asks the products service, one request per quote. Instances take turns; when one cannot be
 * connected to, the next is tried, once. Prices are public, so the call is nobody's in particular. A request that its
 * own caller gave up does not count against products, and neither does it that no instance is known.
 */
export function openProductsCatalogue(deps: CatalogueDeps, options = defaultCatalogueOptions): OpenCatalogue {
  const { clock, log } = deps;
  const dispatcher = new Agent({ connections: 64, connect: { timeout: options.timeoutMs / 2 } });
  const ask = createAsker({ ...deps, dispatcher }, options);
  let breaker: BreakerState = closedBreaker;

  return {
    async quote(lines, call) {
      if (deps.instances().length === 0) return { phase: 'unreachable' };
      const admission = admit(breaker, clock.now().getTime(), options);
      breaker = admission.state;
      if (!admission.isAdmitted) return { phase: 'unreachable' };
      const result = await ask(priceQuery(lines), call);
      const quote = result.phase === 'answered' ? readPrices(lines, result.body) : ({ phase: 'unreachable' } as const);
      if (quote.phase !== 'unreachable') {
        breaker = succeeded();
        return quote;
      }
      if (!call.signal.aborted) breaker = failed(breaker, clock.now().getTime(), options);
      const cause = result.phase === 'answered' ? 'the answer holds no prices' : describeFault(result.cause);
      log.warn({ cause, traceparent: call.traceparent, breaker: breaker.phase }, 'products gave no prices');
      return quote;
    },
    close: () => dispatcher.close(),
  };
}

function createAsker(
  { instances, tokens, tracer, dispatcher }: CatalogueDeps & { readonly dispatcher: Agent },
  { timeoutMs }: CatalogueOptions,
): (query: PriceQuery, call: CatalogueCall) => Promise<PostResult> {
  let turn = 0;
  return async (body, { traceparent, signal }) => {
    const known = instances();
    const token = await tokens.mint({ audience: 'products', caller: anonymous, purpose: 'query' });
    let result: PostResult = { phase: 'no-connection', cause: new Error('no instance of products is known') };
    for (let attempt = 0; attempt < TRIES && result.phase === 'no-connection'; attempt += 1) {
      const instance = known[turn++ % known.length];
      if (instance === undefined || (attempt > 0 && known.length === 1)) break;
      const span = tracer ? startAsking(tracer, traceparent, instance) : null;
      const authorization = `Bearer ${token}`;
      const headers = { authorization, traceparent: span?.traceparent ?? childTraceparent(traceparent) };
      result = await postJson(dispatcher, { url: urlOf(instance), body, headers, timeoutMs, signal });
      if (result.phase !== 'answered') span?.fail(result.phase);
      span?.end();
    }
    return result;
  };
}

/** Source: opentelemetry.io/docs/specs/semconv/http/http-spans */
function startAsking(tracer: Tracer, parent: string, { address, port }: Instance): Span {
  return tracer.start('POST', {
    kind: 'client',
    parent,
    attributes: {
      'http.request.method': 'POST',
      'server.address': address,
      'server.port': port,
      'storefront.subgraph': 'products',
    },
  });
}

function urlOf({ address, port, meta }: Instance): string {
  const host = address.includes(':') ? `[${address}]` : address;
  return `http://${host}:${port}${meta['graphqlPath'] ?? '/graphql'}`;
}
