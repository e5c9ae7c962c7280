import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * What a proxy does to the bytes between its two sides. `pass`: nothing. `delay`: each piece waits so long. `black-hole`:
 * nothing gets through any more, and nobody is told. `cut-reply`: what the client says arrives, and its connection breaks
 * at the first byte of the answer. `refuse`: connections break at once.
 */
export type ProxyFault =
  | { readonly kind: 'pass' | 'black-hole' | 'cut-reply' | 'refuse' }
  | { readonly kind: 'delay'; readonly ms: number };

/** A proxy in front of one TCP server. Whoever starts it closes it. */
export interface FaultProxy {
  readonly port: number;
  /** From now on, for connections that are open too. */
  fail(fault: ProxyFault): void;
  /** Breaks every open connection with a reset. */
  reset(): void;
  /** How many replies were cut. */
  cuts(): number;
  close(): Promise<void>;
}

/** Starts a proxy on a free port of 127.0.0.1 for the server at `target`. */
export async function startFaultProxy(target: { readonly host: string; readonly port: number }): Promise<FaultProxy> {
  let fault: ProxyFault = { kind: 'pass' };
  let cuts = 0;
  const open = new Set<Socket>();
  const keep = (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket)).on('error', () => undefined);
    return socket;
  };
  const carry = (from: Socket, to: Socket, isReply: boolean) => {
    let waiting: Promise<void> | undefined; // what comes after a delayed piece stays behind it, as in any network
    const send = (bytes: Buffer, delayMs: number) => {
      if (delayMs === 0 && !waiting) return void to.write(bytes);
      const before = waiting;
      const mine = delay(delayMs)
        .then(() => before)
        .then(() => void to.write(bytes))
        .then(() => {
          if (waiting === mine) waiting = undefined;
        });
      waiting = mine;
    };
    from.on('data', (bytes: Buffer) => {
      if (fault.kind === 'black-hole') return;
      if (fault.kind === 'cut-reply' && isReply) {
        cuts += 1;
        to.resetAndDestroy();
        from.destroy();
        return;
      }
      send(bytes, fault.kind === 'delay' ? fault.ms : 0);
    });
    from.on('end', () => to.end());
    from.on('close', () => to.destroy());
  };
  const server = createServer((client) => {
    keep(client);
    if (fault.kind === 'refuse') return void client.resetAndDestroy();
    const upstream = keep(connect(target.port, target.host));
    carry(client, upstream, false);
    carry(upstream, client, true);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    fail: (next) => {
      fault = next;
    },
    reset: () => {
      for (const socket of open) socket.resetAndDestroy();
    },
    cuts: () => cuts,
    close: async () => {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
