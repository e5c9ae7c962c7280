import { setTimeout as delay } from 'node:timers/promises';
import type { Progress } from '../fault.ts';
import { StackFault, textOf } from '../fault.ts';
import type { RunningProcess } from './start-process.ts';

const pollMs = 60;
const progressEveryMs = 2_000;

/** How long to wait for whom; `probe` resolves when it is ready and rejects with the reason while it is not. */
export type Waiting = {
  readonly process: RunningProcess;
  readonly probe: () => Promise<unknown>;
  readonly timeoutMs: number;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
};

/**
 * Waits until a started process is ready, and says every two seconds what it still waits for.
 * @throws StackFault with the cause and the log's last lines when it ends or does not get ready in `timeoutMs`
 */
export async function waitUntilReady({ process, probe, timeoutMs, progress, signal }: Waiting): Promise<void> {
  const { name } = process.record;
  const startedAt = performance.now();
  let nextProgressMs = progressEveryMs;
  for (;;) {
    signal?.throwIfAborted();
    if (process.hasExited()) {
      const { code, signal: by } = await process.exited;
      throw new StackFault(`${name} ended while it was starting (${by ?? `exit code ${code}`})${process.lastWords()}`);
    }
    const reason = await probe().then(() => null, textOf);
    if (reason === null) return;
    const elapsedMs = performance.now() - startedAt;
    if (elapsedMs > timeoutMs)
      throw new StackFault(`${name} did not get ready in ${timeoutMs / 1_000} s (${reason})${process.lastWords()}`);
    if (elapsedMs > nextProgressMs) {
      progress(`${name}: waiting, ${Math.round(elapsedMs / 1_000)} s (${shorten(reason)})`);
      nextProgressMs += progressEveryMs;
    }
    await delay(pollMs);
  }
}

/** A refused connection says no more to a person than that it is early. */
const shorten = (reason: string): string =>
  reason.includes('ECONNREFUSED') ? 'not listening yet' : (reason.split('\n')[0] ?? '').slice(0, 120);
