import { createServer } from 'node:net';
import { randomInt } from 'node:crypto';
import { StackFault } from './fault.ts';
import type { Progress } from './fault.ts';
import { programListeningOn } from './processes/listener.ts';
import type { Ports } from './servers/server.ts';
import { subgraphPorts } from './subgraphs.ts';

const firstFreePort = 20_000;
const lastFreePort = 32_000; // below the range that systems give to outgoing connections

/**
 * Chooses ports that nobody listens on and never the same one twice. `standard`: the documented port, or the next free
 * one when it is taken, which is said with the name of the program that has it. `free`: any.
 */
export function createPorts(mode: 'standard' | 'free', progress: Progress): Ports {
  const given = new Set<number>();
  const isUsable = async (port: number) => !given.has(port) && (await isFree(port));
  const give = (port: number) => {
    given.add(port);
    return port;
  };
  return {
    async choose(name, documented) {
      if (mode === 'free') return give(await anyFree(isUsable));
      if (await isUsable(documented)) return give(documented);
      const port = await nextFree(documented, isUsable);
      if (!given.has(documented))
        progress(
          `port ${documented} is taken by ${programListeningOn(documented) ?? 'another program'}: ${name} uses ${port} instead`,
        );
      return give(port);
    },
  };
}

/** True when this process could listen on 127.0.0.1 at this port now. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

async function nextFree(from: number, isUsable: (port: number) => Promise<boolean>): Promise<number> {
  for (let port = from + 1; port < from + 200; port += 1)
    if (!documentedPorts.has(port) && (await isUsable(port))) return port;
  throw new StackFault(`no port between ${from} and ${from + 200} is free`);
}

const documentedPorts: ReadonlySet<number> = new Set([
  3000,
  ...Object.values(subgraphPorts),
  5432,
  5672,
  6379,
  8500,
  15_672,
]);

async function anyFree(isUsable: (port: number) => Promise<boolean>): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = randomInt(firstFreePort, lastFreePort);
    if (await isUsable(port)) return port;
  }
  throw new StackFault(`no free port found between ${firstFreePort} and ${lastFreePort}`);
}
