import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a server that can swallow what goes through it. Whoever opens it closes it. */
export interface Tunnel {
  /** The URL of the server, through the tunnel. */
  readonly url: string;
  /** From now on nothing gets through, and nobody is told. */
  swallow(): void;
  open(): void;
  close(): void;
}

/** Opens a tunnel on a free port of 127.0.0.1. */
export async function openTunnel(target: URL): Promise<Tunnel> {
  const sockets = new Set<Socket>();
  let isOpen = true;
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => undefined));
    client.on('data', (bytes) => void (isOpen && upstream.write(bytes)));
    upstream.on('data', (bytes) => void (isOpen && client.write(bytes)));
    client.on('close', () => upstream.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(target);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: url.href,
    swallow: () => {
      isOpen = false;
    },
    open: () => {
      isOpen = true;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
