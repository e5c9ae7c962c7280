import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { percentile } from '../../testing/percentile.ts';
import type { GraphQLCall } from '../../testing/graphql.ts';

/** One request and what became of it. `atMs` counts from the start of the load. */
export interface Shot {
  readonly atMs: number;
  readonly tookMs: number;
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** The code of its first error, `no answer` with the reason, or null when all was well. */
  readonly fault: string | null;
}

/** Requests that go on until `stop`. */
export interface Load {
  readonly shots: readonly Shot[];
  /** How long it runs already. */
  nowMs(): number;
  /** Begins no more, and waits for the answers that are due. */
  stop(): Promise<readonly Shot[]>;
}

/** What is asked where. `call` makes the request of a turn. */
export interface LoadPlan {
  /** The addresses of graphs, asked in turn. */
  readonly gateways: readonly string[];
  readonly call: (turn: number) => GraphQLCall;
}

const answerTimeoutMs = 15_000;

/** Requests at a steady pace, whatever becomes of those before. */
export function startLoad(plan: LoadPlan, perSecond: number): Load {
  return start(plan, async ({ shoot, nowMs, signal }) => {
    const underWay = new Set<Promise<void>>();
    for (let turn = 0; !signal.aborted; turn += 1) {
      const shot: Promise<void> = shoot(turn).finally(() => underWay.delete(shot));
      underWay.add(shot);
      const dueMs = ((turn + 1) * 1_000) / perSecond - nowMs();
      if (dueMs > 1) await delay(dueMs, undefined, { signal }).catch(() => undefined); // only an abort rejects
    }
    await Promise.all(underWay);
  });
}

/** So many at a time, each as soon as one before has ended: as much as there can be. */
export function startPressing(plan: LoadPlan, atOnce: number): Load {
  return start(plan, async ({ shoot, signal }) => {
    let turn = 0;
    const press = async () => {
      while (!signal.aborted) await shoot((turn += 1));
    };
    await Promise.all(Array.from({ length: atOnce }, press));
  });
}

interface Running {
  readonly signal: AbortSignal;
  shoot(turn: number): Promise<void>;
  nowMs(): number;
}

function start({ gateways, call }: LoadPlan, run: (running: Running) => Promise<void>): Load {
  const shots: Shot[] = [];
  const end = new AbortController();
  const agent = new Agent({ keepAlive: true });
  const startedAtMs = performance.now();
  const nowMs = () => performance.now() - startedAtMs;
  const shoot = async (turn: number) => {
    const atMs = nowMs();
    const outcome = await ask(agent, gateways[turn % gateways.length] ?? '', call(turn));
    shots.push({ atMs, tookMs: nowMs() - atMs, ...outcome });
  };
  const running = run({ shoot, nowMs, signal: end.signal });
  return {
    shots,
    nowMs,
    async stop() {
      end.abort();
      await running;
      agent.destroy();
      return shots;
    },
  };
}

/** Asks past every cache: what is measured shall be what stands behind it. Never rejects. */
function ask(
  agent: Agent,
  url: string,
  { query, variables, token }: GraphQLCall,
): Promise<Omit<Shot, 'atMs' | 'tookMs'>> {
  const body = JSON.stringify({ query, variables });
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  return new Promise((resolve) => {
    const fail = (fault: Error & { code?: string }) =>
      resolve({ status: 0, fault: `no answer (${fault.code ?? fault.message})` });
    const asking = request(url, { method: 'POST', agent, headers, timeout: answerTimeoutMs }, (response) => {
      const chunks: Buffer[] = [];
      response
        .on('data', (chunk: Buffer) => chunks.push(chunk))
        .on('error', fail)
        .on('end', () => resolve({ status: response.statusCode ?? 0, fault: faultOf(Buffer.concat(chunks)) }));
    });
    asking.on('timeout', () => asking.destroy(new Error('no answer in time')));
    asking.on('error', fail).end(body);
  });
}

function faultOf(answer: Buffer): string | null {
  if (!answer.includes('"errors"')) return answer.includes('"data"') ? null : 'no GraphQL answer';
  const { errors } = JSON.parse(answer.toString()) as {
    errors?: readonly { message: string; extensions?: { code?: string } }[];
  };
  const [error] = errors ?? [];
  return error ? (error.extensions?.code ?? error.message) : null;
}

/** What became of the shots of a time. */
export function summarize(shots: readonly Shot[], fromMs = 0, toMs = Infinity) {
  const chosen = shots.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
  const times = chosen.map(({ tookMs }) => tookMs);
  const faults = chosen.filter(({ fault }) => fault !== null);
  return {
    count: chosen.length,
    failed: faults.length,
    p99Ms: Math.round(percentile(times, 0.99)),
    longestMs: Math.round(percentile(times, 1)),
    codes: [...new Set(faults.map(({ fault }) => fault))].join(),
  };
}
