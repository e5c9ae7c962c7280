import { createHash } from 'node:crypto';
import type { Redis } from './redis.ts';

/** Runs a script at Redis. */
export type RunScript = (
  redis: Pick<Redis, 'eval' | 'evalsha'>,
  given: { readonly keys: readonly string[]; readonly values: readonly (string | number)[] },
) => Promise<unknown>;

/** A script that is sent by its hash, and whole when Redis does not know it (yet, or any more). Source: redis.io/docs/latest/commands/evalsha */
export function createScript(text: string): RunScript {
  const hash = createHash('sha1').update(text).digest('hex');
  return async (redis, { keys, values }) => {
    try {
      return await redis.evalsha(hash, keys.length, ...keys, ...values);
    } catch (fault) {
      if (!(fault instanceof Error && fault.message.startsWith('NOSCRIPT'))) throw fault;
      return redis.eval(text, keys.length, ...keys, ...values);
    }
  };
}
