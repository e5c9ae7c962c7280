import type { Socket } from 'node:net';

const timeoutMs = 3_000;

/**
 * Sends bytes over a connection that is being made and returns what comes back, as text, as soon as `isEnough`.
 * @throws when the connection fails or ends first, or nothing comes in 3 s
 */
export function converse(
  socket: Socket,
  send: string | Uint8Array,
  isEnough: (text: string) => boolean,
): Promise<string> {
  return new Promise<string>((resolve, reject) => {
    let received = '';
    socket.setTimeout(timeoutMs, () => reject(new Error('no answer in 3 s')));
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed')));
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      if (isEnough(received)) resolve(received);
    });
    socket.once('connect', () => socket.write(send));
  }).finally(() => socket.destroy());
}
