import type { Instance } from '@storefront/platform/discovery/discovery.ts';
import { readSamples } from './read-samples.ts';

/** How an instance says that it is. What it does not tell is null. */
export interface InstanceHealth {
  readonly state: 'ready' | 'waiting' | 'silent';
  /** What it waits for, by name. */
  readonly waitsFor: readonly string[];
  readonly memoryBytes: number | null;
  readonly lagMs: number | null;
  readonly outbox: { readonly pending: number; readonly oldestSeconds: number } | null;
}

/** The health of instances, by id, looked up while somebody asks for it. */
export interface ServiceProbe {
  /** What is known; asking for it keeps it fresh. */
  read(): ReadonlyMap<string, InstanceHealth>;
  close(): void;
}

const everyMs = 2_000;
const timeoutMs = 1_500;
const idleAfterMs = 10_000;

/** Asks each instance for /ready and /metrics every two seconds, as long as somebody reads. */
export function probeServices(instances: () => readonly Instance[], now: () => number): ServiceProbe {
  let known = new Map<string, InstanceHealth>();
  let readAt = 0;
  let isAsking = false;
  const ask = async () => {
    if (isAsking || now() - readAt > idleAfterMs) return;
    isAsking = true;
    const found = await Promise.all(instances().map(async (one) => [one.id, await probe(one)] as const));
    known = new Map(found);
    isAsking = false;
  };
  const timer = setInterval(() => void ask(), everyMs);
  timer.unref();
  return {
    read() {
      const wasIdle = now() - readAt > idleAfterMs;
      readAt = now();
      if (wasIdle) void ask();
      return known;
    },
    close: () => clearInterval(timer),
  };
}

async function probe({ address, port }: Instance): Promise<InstanceHealth> {
  const root = `http://${address}:${port}`;
  const [ready, metrics] = await Promise.all([textOf(`${root}/ready`), textOf(`${root}/metrics`)]);
  if (ready === null) return { state: 'silent', waitsFor: [], memoryBytes: null, lagMs: null, outbox: null };
  const { status, checks = {} } = JSON.parse(ready) as { status: string; checks?: Record<string, { status: string }> };
  const samples = readSamples(metrics ?? '');
  const pending = samples.get('outbox_pending_events');
  const lag = samples.get('nodejs_eventloop_lag_p99_seconds');
  return {
    state: status === 'ready' ? 'ready' : 'waiting',
    waitsFor: Object.keys(checks).filter((name) => checks[name]?.status !== 'up'),
    memoryBytes: samples.get('process_resident_memory_bytes') ?? null,
    lagMs: lag === undefined ? null : lag * 1_000,
    outbox:
      pending === undefined ? null : { pending, oldestSeconds: samples.get('outbox_oldest_pending_seconds') ?? 0 },
  };
}

async function textOf(url: string): Promise<string | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    return await response.text();
  } catch {
    return null; // an instance that says nothing is the answer
  }
}
