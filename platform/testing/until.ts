import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 20;

/**
 * Returns the first truthy answer of `check`, asked every 20 ms: for things that announce themselves by no event.
 * @throws Error after `timeoutMs` (default 5_000), with the fault of the last check as its cause when it threw
 */
export async function until<T>(
  check: () => T | Promise<T>,
  { timeoutMs = 5_000 }: { timeoutMs?: number } = {},
): Promise<Exclude<T, false | 0 | '' | null | undefined>> {
  const deadline = performance.now() + timeoutMs;
  let fault: unknown;
  while (performance.now() < deadline) {
    try {
      const answer = await check();
      if (answer) return answer as Exclude<T, false | 0 | '' | null | undefined>;
      fault = undefined;
    } catch (error) {
      fault = error;
    }
    await delay(POLL_MS);
  }
  throw new Error(`not within ${timeoutMs} ms: ${check.toString().slice(0, 200)}`, { cause: fault });
}
