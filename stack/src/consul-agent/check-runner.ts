import type { CheckDefinition, CheckStatus } from './shapes.ts';

/** Told what a check found. */
export type Report = (status: CheckStatus, output: string) => void;
/** A running check. `beat` is a TTL check's sign of life; other checks ignore it. `stop` ends timers and the request in flight. */
export type CheckRunner = { readonly type: string; beat(): void; stop(): void };

const defaultTimeoutMs = 10_000;
const firstCheckWithinMs = 1_000;

/**
 * Runs one check until stopped: an HTTP check asks every interval (2xx passing, 429 warning, anything else critical),
 * a TTL check turns critical when no beat came in time. Source: developer.hashicorp.com/consul/docs/services/usage/checks
 */
export function runCheck(definition: CheckDefinition, report: Report): CheckRunner {
  if (definition.HTTP) return runHttpCheck(definition.HTTP, definition, report);
  if (definition.TTL !== undefined) return runTtlCheck(definition.TTL, report);
  return { type: '', beat: () => undefined, stop: () => undefined };
}

function runHttpCheck(url: string, definition: CheckDefinition, report: Report): CheckRunner {
  const stopped = new AbortController();
  const intervalMs = Math.max(definition.Interval ?? 10_000, 100);
  const ask = async () => {
    const outcome = await askOnce(url, definition, stopped.signal);
    if (stopped.signal.aborted) return;
    report(outcome.status, outcome.output);
    timer = setTimeout(ask, intervalMs);
  };
  let timer = setTimeout(ask, Math.random() * Math.min(intervalMs, firstCheckWithinMs));
  return {
    type: 'http',
    beat: () => undefined,
    stop: () => {
      clearTimeout(timer);
      stopped.abort();
    },
  };
}

async function askOnce(
  url: string,
  definition: CheckDefinition,
  stopped: AbortSignal,
): Promise<{ status: CheckStatus; output: string }> {
  const timeoutMs = definition.Timeout ?? defaultTimeoutMs;
  try {
    const response = await fetch(url, {
      method: definition.Method,
      headers: {
        accept: 'text/plain, text/*, */*',
        'user-agent': 'Consul Health Check',
        connection: 'close',
        ...flatten(definition.Header),
      },
      ...(definition.Body ? { body: definition.Body } : {}),
      signal: AbortSignal.any([stopped, AbortSignal.timeout(timeoutMs)]),
    });
    const output = `HTTP ${definition.Method} ${url}: ${response.status} ${response.statusText} Output: ${(await response.text()).slice(0, 4_096)}`;
    if (response.ok) return { status: 'passing', output };
    return { status: response.status === 429 ? 'warning' : 'critical', output };
  } catch (error) {
    return { status: 'critical', output: `${definition.Method} ${url}: ${causeOf(error)}` };
  }
}

function runTtlCheck(ttlMs: number, report: Report): CheckRunner {
  const expire = () => report('critical', 'TTL expired');
  let timer = setTimeout(expire, ttlMs);
  return {
    type: 'ttl',
    beat() {
      clearTimeout(timer);
      timer = setTimeout(expire, ttlMs);
    },
    stop: () => clearTimeout(timer),
  };
}

const flatten = (headers: Readonly<Record<string, readonly string[]>>) =>
  Object.fromEntries(Object.entries(headers).map(([name, values]) => [name, values.join(', ')]));

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
