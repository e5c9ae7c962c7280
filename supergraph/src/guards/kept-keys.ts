import { publicKeySet } from '@storefront/platform/identity/keys.ts';
import type { JSONWebKeySet } from 'jose';
import { z } from 'zod';
import type { KeptFile } from '../composition/kept-file.ts';

/** The key set that was fetched last, for a start while the service that signs is away. */
export interface KeptKeys {
  /** The set, when it was fetched less than a day ago; null when there is none. Ask again before each use: it becomes too old. */
  current(): Promise<JSONWebKeySet | null>;
  /** Keeps the public halves of a set that has just been fetched. */
  keep(set: JSONWebKeySet): void;
}

/** Nothing is kept. */
export const noKeptKeys: KeptKeys = { current: async () => null, keep: () => undefined };

/** A key that has been taken back meanwhile is believed for so long at most, and only while nobody can say so. */
const longestMs = 24 * 60 * 60_000;

const shape = z.object({
  fetchedAtMs: z.number(),
  keys: z.array(z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string(), kid: z.string() })).min(1),
});

/** Keeps them in a file. What is not sound there, or says that it comes from the future, counts as not there. `now` is as `Date.now()`. */
export function keepKeysInFile(file: KeptFile, now: () => number): KeptKeys {
  const read = async () => {
    const { data } = shape.safeParse(await file.read());
    return data && { fetchedAtMs: data.fetchedAtMs, set: publicKeySet(data.keys) };
  };
  let found: ReturnType<typeof read> | undefined;
  return {
    async current() {
      const kept = await (found ??= read());
      const ageMs = kept ? now() - kept.fetchedAtMs : Infinity;
      return kept && ageMs >= 0 && ageMs < longestMs ? kept.set : null;
    },
    keep({ keys }) {
      const known = shape.shape.keys.safeParse(keys).data;
      if (known) void file.write({ fetchedAtMs: now(), keys: publicKeySet(known).keys });
    },
  };
}
