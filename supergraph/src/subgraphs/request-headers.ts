import type { InternalTokens } from '@storefront/platform/identity/internal-tokens.ts';
import { childTraceparent } from '@storefront/platform/telemetry/trace-context.ts';
import type { SubgraphSend } from './client.ts';

/** The headers of a request: its trace, its time, and who sends it. */
export function headersOf(
  { traceparent, clientAddress }: SubgraphSend,
  given: {
    readonly authorization: string | undefined;
    readonly timeoutMs: number;
    /** The attempt's own, when somebody watches it. */
    readonly traceparent?: string | undefined;
  },
): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    accept: 'application/json',
    traceparent: given.traceparent ?? childTraceparent(traceparent),
    'x-deadline-ms': String(Math.floor(given.timeoutMs)),
  };
  if (given.authorization !== undefined) headers['authorization'] = given.authorization;
  if (clientAddress !== undefined) headers['x-client-address'] = clientAddress;
  return headers;
}

/** The gateway's own token for a request's caller; without one, what the caller sent. */
export async function authorize(
  tokens: InternalTokens | null,
  { subgraph: audience, caller, purpose }: SubgraphSend,
): Promise<string | undefined> {
  return tokens ? `Bearer ${await tokens.mint({ audience, caller, purpose })}` : caller.authorization;
}
