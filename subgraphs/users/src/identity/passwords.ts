import { hash, verify } from '@node-rs/argon2';
import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import type { Passwords } from '../use-cases/ports.ts';

/** Argon2id (the package's default kind), 19 MiB, two passes, one lane. Source: OWASP Password Storage Cheat Sheet */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** How many hashes are computed at once, and how many may wait for their turn. */
export interface PasswordLimits {
  readonly concurrency?: number;
  readonly maxWaiting?: number;
}

/**
 * Argon2id in the thread pool, at most `concurrency` (2) at once so that sign-ins cannot eat the memory or starve the
 * rest. `verify` without a hash works on a dummy of the same cost.
 * @throws CodedError SERVICE_UNAVAILABLE when `maxWaiting` (100) are waiting already
 */
export async function createPasswords({ concurrency = 2, maxWaiting = 100 }: PasswordLimits = {}): Promise<Passwords> {
  const limit = createLimit(concurrency, maxWaiting);
  const dummyHash = await hash('nobody has this password', cost);
  return {
    hash: (password) => limit(() => hash(password, cost)),
    verify: async (known, password) => {
      const matches = await limit(() => verify(known ?? dummyHash, password));
      return matches && known !== null;
    },
  };
}

/** Runs at most `concurrency` pieces of work at once, the others in the order in which they came. */
function createLimit(concurrency: number, maxWaiting: number) {
  let running = 0;
  const waiting: (() => void)[] = [];

  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running < concurrency) running += 1;
    else await queue();
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };

  function queue(): Promise<void> {
    if (waiting.length >= maxWaiting) {
      throw new CodedError('SERVICE_UNAVAILABLE', 'Too many sign-ins at once. Try again in a moment.');
    }
    const turn = Promise.withResolvers<void>();
    waiting.push(turn.resolve);
    return turn.promise;
  }
}
