import type { InternalTokens } from '@storefront/platform/identity/internal-tokens.ts';
import type { Instance } from '@storefront/platform/discovery/discovery.ts';
import type { Log } from '@storefront/platform/log/log.ts';
import { childTraceparent } from '@storefront/platform/telemetry/trace-context.ts';
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
}

/** How patient the catalogue is; times in milliseconds. */
export interface CatalogueOptions extends BreakerLimits {
  readonly timeoutMs: number;
}

/** One second per try; five failures in a row open the circuit for five seconds. */
export const defaultCatalogueOptions: CatalogueOptions = Object.freeze({ timeoutMs: 1_000, threshold: 5, openMs: 5_000 });

/** A catalogue that holds connections. Whoever opens it closes it. */
export interface OpenCatalogue extends Catalogue {
  close(): Promise<void>;
}

/**
 * The catalogue that asks the products service, one request per quote. Instances take turns; when one cannot be
 * connected to, the next is tried, once. Prices are public, so the call is nobody's in particular.
 */
export function openProductsCatalogue(deps: CatalogueDeps, options = defaultCatalogueOptions): OpenCatalogue {
  const dispatcher = new Agent({ connections: 64, connect: { timeout: options.timeoutMs } });
  let breaker: BreakerState = closedBreaker;
  let turn = 0;

  async function ask(query: PriceQuery, call: CatalogueCall): Promise<PostResult> {
    const instances = deps.instances();
    const authorization = `Bearer ${await deps.tokens.mint({ audience: 'products', caller: { kind: 'anonymous' }, purpose: 'query' })}`;
    let result: PostResult = { phase: 'failed', cause: new Error('no instance of products is known') };
    for (let attempt = 0; attempt < Math.min(2, instances.length); attempt += 1) {
      const instance = instances[turn++ % instances.length];
      if (instance === undefined) return result;
      const headers = { authorization, traceparent: childTraceparent(call.traceparent) };
      const { timeoutMs } = options;
      result = await postJson(dispatcher, { url: urlOf(instance), body: query, headers, timeoutMs, signal: call.signal });
      if (result.phase !== 'no-connection') return result;
    }
    return result;
  }

  return {
    async quote(lines, call) {
      const admission = admit(breaker, deps.clock.now().getTime(), options);
      breaker = admission.state;
      if (!admission.isAdmitted) return { phase: 'unreachable' };
      const result = await ask(priceQuery(lines), call);
      const quote = result.phase === 'answered' ? readPrices(lines, result.body) : ({ phase: 'unreachable' } as const);
      if (quote.phase !== 'unreachable') {
        breaker = succeeded();
        return quote;
      }
      if (!call.signal.aborted) breaker = failed(breaker, deps.clock.now().getTime(), options);
      deps.log.warn({ err: result.phase === 'answered' ? undefined : result.cause, breaker: breaker.phase }, 'products gave no prices');
      return quote;
    },
    close: () => dispatcher.close(),
  };
}

function urlOf({ address, port, meta }: Instance): string {
  const host = address.includes(':') ? `[${address}]` : address;
  return `http://${host}:${port}${meta['graphqlPath'] ?? '/graphql'}`;
}
