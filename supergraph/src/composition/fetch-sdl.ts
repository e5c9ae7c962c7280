import { createHash } from 'node:crypto';
import type { Instance } from '@storefront/platform/discovery/discovery.ts';
import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import { anonymous } from '@storefront/platform/identity/caller.ts';
import type { InternalTokens } from '@storefront/platform/identity/internal-tokens.ts';
import { request } from 'undici';
import { z } from 'zod';
import { hostOf } from '../subgraphs/pools.ts';

const answer = z.object({ data: z.object({ _service: z.object({ sdl: z.string().min(1) }) }) });

/** The first 16 hexadecimal digits of the SHA-256 of an SDL: what a subgraph announces in its registration. */
export function hashSdl(sdl: string): string {
  return createHash('sha256').update(sdl).digest('hex').slice(0, 16);
}

/**
 * Reads the SDL of one instance, with a token whose purpose is `compose`.
 * @throws CodedError SDL_UNREADABLE within `timeoutMs`
 */
export async function fetchSdl(
  { tokens }: { readonly tokens: InternalTokens },
  instance: Instance,
  { signal, timeoutMs = 2_000 }: { readonly signal: AbortSignal; readonly timeoutMs?: number },
): Promise<string> {
  try {
    const token = await tokens.mint({ audience: instance.name, caller: anonymous, purpose: 'compose' });
    const response = await request(`http://${hostOf(instance)}${instance.meta['graphqlPath'] ?? '/graphql'}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: '{ _service { sdl } }' }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    return answer.parse(await response.body.json()).data._service.sdl;
  } catch (cause) {
    throw new CodedError('SDL_UNREADABLE', `the SDL of ${instance.name} cannot be read from ${instance.id}`, { cause });
  }
}
