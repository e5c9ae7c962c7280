import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * What Consul says to those who ask through the proxy: the truth; nothing at all (`away`); HTML; that it knows nobody (`empty`);
 * or the truth with an index that begins again at each question (`reset`).
 */
export type ConsulMood = 'well' | 'away' | 'garbage' | 'empty' | 'reset';

/** A proxy in front of Consul. */
export interface ConsulProxy {
  readonly url: string;
  /** Ends every question under way, so that what is asked next is answered so. */
  turn(mood: ConsulMood): void;
  close(): void;
}

/** Opens it. `port` finds Consul's, which may not be known yet. */
export async function openConsulProxy(port: () => number): Promise<ConsulProxy> {
  let mood: ConsulMood = 'well';
  const server = createServer((asked, answer) => {
    if (mood === 'away') asked.socket.destroy();
    else if (mood === 'garbage') answer.writeHead(200, { 'content-type': 'text/html' }).end('<html>It works!</html>');
    else if (mood === 'empty' && asked.method === 'GET') answerEmpty(asked, answer);
    else forward(port(), { asked, answer, isReset: mood === 'reset' });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    turn(next) {
      mood = next;
      server.closeAllConnections();
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

let index = 1_000_000;

function answerEmpty({ url = '' }: IncomingMessage, answer: ServerResponse): void {
  const isKey = url.startsWith('/v1/kv/');
  index += 1;
  answer.writeHead(isKey ? 404 : 200, { 'content-type': 'application/json', 'x-consul-index': String(index) });
  answer.end(isKey ? '' : url.startsWith('/v1/health/') ? '[]' : '{}');
}

function forward(
  port: number,
  {
    asked,
    answer,
    isReset,
  }: { readonly asked: IncomingMessage; readonly answer: ServerResponse; readonly isReset: boolean },
): void {
  const path = isReset ? (asked.url ?? '').replace(/([?&]index=)\d+/, '$10') : asked.url;
  const { method, headers } = asked;
  const onward = request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
    const changed = isReset && response.headers['x-consul-index'] ? { 'x-consul-index': '1' } : {};
    answer.writeHead(response.statusCode ?? 502, { ...response.headers, ...changed });
    response.pipe(answer);
  });
  onward.on('error', () => answer.destroy());
  answer.on('close', () => onward.destroy());
  asked.pipe(onward);
}
