import { LRUCache } from 'lru-cache';
import Negotiator from 'negotiator';

/** What a GraphQL answer can be, as Apollo Server names it; the first is for clients that say nothing. */
const mediaTypes = [
  'application/json; charset=utf-8',
  'application/graphql-response+json; charset=utf-8',
  'application/json; callbackSpec=1.0; charset=utf-8',
] as const;

/** Chooses the media type of an answer by the request's `accept`; null when the client takes none that there is. */
export type ChooseMediaType = (accept: string | undefined) => string | null;

/**
 * Chooses as Apollo Server does, and remembers the choice for each header; clients send few different ones.
 * Source: RFC 9110, 12.5.1
 */
export function createMediaTypeChoice(): ChooseMediaType {
  const chosen = new LRUCache<string, { readonly mediaType: string | null }>({ max: 200 });
  return (accept) => {
    if (!accept) return mediaTypes[0];
    const known = chosen.get(accept);
    if (known) return known.mediaType;
    const mediaType = new Negotiator({ headers: { accept } }).mediaType([...mediaTypes]) ?? null;
    if (accept.length <= 500) chosen.set(accept, { mediaType });
    return mediaType;
  };
}
