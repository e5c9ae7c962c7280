import { setTimeout as delay } from 'node:timers/promises';
import { percentile } from '../testing/percentile.ts';
import { ask } from '../testing/graphql.ts';

/** One query and what became of it. `atMs` counts from the start of the load. */
export interface Shot {
  readonly atMs: number;
  readonly tookMs: number;
  /** The code of its first error, `no answer`, or null when all was well. */
  readonly fault: string | null;
}

/** Queries at a steady pace, whatever becomes of those before. */
export interface Load {
  readonly shots: readonly Shot[];
  /** How long it runs already. */
  nowMs(): number;
  stop(): Promise<readonly Shot[]>;
}

/** Starts to ask gateways in turn, so many times a second. */
export function startLoad(gateways: readonly string[], query: string, perSecond: number): Load {
  const shots: Shot[] = [];
  const underWay = new Set<Promise<void>>();
  const end = new AbortController();
  const startedAtMs = performance.now();
  const nowMs = () => performance.now() - startedAtMs;
  const shoot = async (turn: number) => {
    const atMs = nowMs();
    const answer = await ask(gateways[turn % gateways.length] ?? '', { query }).catch(() => null);
    const [error] = answer?.errors ?? [];
    const code = error && JSON.stringify(error.extensions?.['code'] ?? error.message);
    shots.push({ atMs, tookMs: nowMs() - atMs, fault: answer ? (code ?? null) : 'no answer' });
  };
  const run = async () => {
    for (let turn = 0; !end.signal.aborted; turn += 1) {
      const shot: Promise<void> = shoot(turn).finally(() => underWay.delete(shot));
      underWay.add(shot);
      const dueMs = ((turn + 1) * 1_000) / perSecond - nowMs();
      if (dueMs > 1) await delay(dueMs, undefined, { signal: end.signal }).catch(() => undefined);
    }
  };
  const running = run();
  return {
    shots,
    nowMs,
    async stop() {
      end.abort();
      await running;
      await Promise.all(underWay);
      return shots;
    },
  };
}

/** What became of the shots of a time. */
export function summarize(shots: readonly Shot[], fromMs = 0, toMs = Infinity) {
  const chosen = shots.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
  const times = chosen.map(({ tookMs }) => tookMs).sort((a, b) => a - b);
  const faults = chosen.filter(({ fault }) => fault !== null);
  return {
    count: chosen.length,
    failed: faults.length,
    p99Ms: Math.round(percentile(times, 0.99)),
    longestMs: Math.round(times.at(-1) ?? 0),
    codes: [...new Set(faults.map(({ fault }) => fault))].join(),
  };
}
