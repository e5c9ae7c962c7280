import type { Instance } from '@storefront/platform/discovery/discovery.ts';
import { anonymous } from '@storefront/platform/identity/caller.ts';
import type { InternalTokens } from '@storefront/platform/identity/internal-tokens.ts';
import { newTraceparent } from '@storefront/platform/telemetry/trace-context.ts';
import type { createPools } from './pools.ts';
import { post } from './post.ts';
import { LeanSignal } from './signal.ts';

/** What a probe takes. */
export interface ProbeDeps {
  readonly tokens: InternalTokens | null;
  readonly pools: Pick<ReturnType<typeof createPools>, 'of'>;
}

const body = '{"query":"{ __typename }"}';

/** Whether an instance answers the smallest question within `timeoutMs`, with whatever is no fault of its own. Never rejects. */
export async function probe({ tokens, pools }: ProbeDeps, instance: Instance, timeoutMs = 1_000): Promise<boolean> {
  try {
    const { name: audience, meta } = instance;
    const token = await tokens?.mint({ audience, caller: anonymous, purpose: 'query' });
    const headers = {
      'content-type': 'application/json',
      traceparent: newTraceparent(),
      'x-deadline-ms': String(timeoutMs),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
    const path = meta['graphqlPath'] ?? '/graphql';
    const signal = new LeanSignal();
    const outcome = await post({ pool: pools.of(instance), path, body, headers, signal, timeoutMs });
    return outcome.kind === 'answered';
  } catch {
    return false;
  }
}
