import { readFileSync } from 'node:fs';
import { until } from '@storefront/platform/testing/until.ts';
import { steerGraph } from '@storefront/stack/src/cli/graph.ts';
import type { Progress } from '@storefront/stack/src/fault.ts';
import { type RunningStack, startStack } from '@storefront/stack/src/start-stack.ts';
import { readStackRecord } from '@storefront/stack/src/state-folder.ts';
import { ask, type GraphQLCall } from '../../testing/graphql.ts';
import { type ConsulProxy, openConsulProxy } from './consul-proxy.ts';
import { type Load, type LoadPlan, startLoad, startPressing } from './load.ts';
import { type OwnInstance, type OwnSubgraph, serveInstance } from './subgraph.ts';

/** A house with two of each service, in which anything may be killed and frozen. */
export interface World {
  readonly stack: RunningStack;
  /** The addresses of the gateways' graphs. */
  readonly gateways: readonly string[];
  /** What services and gateways hear of Consul. */
  readonly consul: Pick<ConsulProxy, 'turn'> & {
    /** Stops the agent itself where it stands, or lets it go on. */
    signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
  };
  /** Asks at a steady pace until it is stopped; `gateways` are those of the world unless others are given. */
  load(call: GraphQLCall | LoadPlan['call'], perSecond: number, gateways?: readonly string[]): Load;
  /** So many at a time, as fast as they are answered, at one gateway. */
  press(call: GraphQLCall, atOnce: number): Load;
  /** Serves one more instance of a subgraph of the scenario's own and registers it with Consul. */
  serve(subgraph: OwnSubgraph): Promise<OwnInstance>;
  /** Ends what a scenario has begun and not ended. */
  tidy(): Promise<void>;
  /** Waits until every gateway answers so. */
  everywhere(call: GraphQLCall, isMeant: (answer: Awaited<ReturnType<typeof ask>>) => boolean): Promise<void>;
  /** Has the gateways forget a subgraph that has left, as an operator does. */
  retire(subgraph: string): Promise<void>;
  /** The memory of the first gateway's process. */
  memoryMb(): number;
  say: Progress;
  close(): Promise<void>;
}

/** Nobody is refused here for asking often, or much. */
const wide = {
  RATE_LIMIT_PER_MINUTE: '1000000000',
  RATE_LIMIT_BURST: '1000000000',
  LIMIT_COST: '1000000',
  LOG_LEVEL: 'warn',
};

/** Starts everything in a state folder. */
export async function openWorld(state: string, say: Progress): Promise<World> {
  const recordOf = (name: string) => {
    const record = readStackRecord(state)?.processes.find((one) => one.name === name);
    if (!record) throw new Error(`${name} does not run in ${state}`);
    return record;
  };
  const proxy = await openConsulProxy(() => recordOf('consul').port ?? 0);
  const environment = { ...wide, CONSUL_URL: proxy.url };
  const stack = await startStack({ state, ports: 'free', replicas: 2, environment, isThrowaway: true }).catch(
    (fault: unknown) => {
      proxy.close();
      throw fault;
    },
  );
  const gateways = (stack.replicas?.['gateway'] ?? []).map((url) => `${url}/graphql`);
  const ends: (() => Promise<unknown>)[] = [];
  const keep = (load: Load) => (ends.push(() => load.stop()), load);
  const tidy = async () => {
    proxy.turn('well');
    await Promise.all(ends.splice(0).map((end) => end()));
  };
  return {
    stack,
    gateways,
    consul: { turn: (mood) => proxy.turn(mood), signal: (signal) => process.kill(recordOf('consul').pid, signal) },
    load: (given, perSecond, at = gateways) =>
      keep(startLoad({ gateways: at, call: typeof given === 'function' ? given : () => given }, perSecond)),
    press: (call, atOnce) => keep(startPressing({ gateways: gateways.slice(0, 1), call: () => call }, atOnce)),
    async serve(subgraph) {
      const instance = await serveInstance(stack.servers.consul, subgraph);
      ends.push(() => instance.close());
      return instance;
    },
    tidy,
    async everywhere(call, isMeant) {
      for (const url of gateways) await until(async () => isMeant(await ask(url, call)), { timeoutMs: 30_000 });
    },
    retire: async (subgraph) => void (await steerGraph(['retire', subgraph, '--state', state], {})),
    memoryMb: () => readMemoryMb(recordOf('gateway').pid),
    say,
    async close() {
      await tidy();
      await stack.close();
      proxy.close();
    },
  };
}

/** Source: proc_pid_status(5), VmRSS */
function readMemoryMb(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(kilobytes) / 1_024);
}
