import { setTimeout as delay } from 'node:timers/promises';
import { waitUntilGone } from '@storefront/stack/src/processes/end-process.ts';
import type { Ports, Server } from '@storefront/stack/src/servers/server.ts';

/** A server that can be killed, frozen and started again at the same address, with the data that it had. */
export interface FragileServer {
  readonly url: string;
  /** SIGKILL to the server and all its children. Resolves when they are gone. */
  kill(): Promise<void>;
  /** Starts it again. Resolves when it answers. */
  restart(): Promise<void>;
  /** Stops it where it stands (SIGSTOP) for so long. */
  freeze(ms: number): Promise<void>;
}

/** Ports for servers that start again: they ask by the same names and get the same ports. */
export function rememberPorts(ports: Ports): Ports {
  const chosen = new Map<string, Promise<number>>();
  return {
    choose: (name, documented) => {
      const port = chosen.get(name) ?? ports.choose(name, documented);
      chosen.set(name, port);
      return port;
    },
  };
}

/** Starts a server that may be killed. `start` starts it again too. */
export async function startFragile(start: () => Promise<Server>): Promise<FragileServer> {
  let server = await start();
  const records = () => server.processes.map(({ record }) => record);
  return {
    url: server.url,
    kill: async () => {
      for (const { pid } of records()) process.kill(-pid, 'SIGKILL');
      await Promise.all(records().map((record) => waitUntilGone(record, 10_000)));
    },
    restart: async () => {
      server = await start();
    },
    freeze: async (ms) => {
      for (const { pid } of records()) process.kill(-pid, 'SIGSTOP');
      await delay(ms);
      for (const { pid } of records()) process.kill(-pid, 'SIGCONT');
    },
  };
}
