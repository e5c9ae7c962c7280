import { createServer, type IncomingMessage, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ask, compareAnswers, type Comparison, readBody, type ShadowOptions } from './shadow.ts';
import { isRead } from './read-log.ts';

const maxBytes = 1_048_576;

/**
 * Stands in front of the legacy gateway: every request goes there and is answered from there, and each read goes to ours too, after it was answered, to be
 * compared. Ours is never waited for and never sent what writes.
 */
export async function startLiveProxy(
  options: ShadowOptions,
  port: number,
  onComparison: (comparison: Comparison) => void,
): Promise<{ readonly port: number; close(): void }> {
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    const forwarded = send(
      new URL(path, options.legacyUrl),
      { method: request.method, headers: { ...request.headers, host: new URL(options.legacyUrl).host } },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
        if (!isRead(request.method ?? '') || answer.headers['content-encoding'] !== undefined) return;
        void readWhole(answer).then(async (text) => {
          if (text === null) return;
          const ours = await ask(options.oursUrl, { path, headers: textsOf(request) });
          const legacy = { status: answer.statusCode ?? 0, body: readBody(text) };
          onComparison(compareAnswers(options, path, { legacy, ours }));
        });
      },
    );
    forwarded.once('error', () => (response.headersSent ? response.destroy() : response.writeHead(502).end()));
    request.pipe(forwarded);
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  const close = () => {
    server.close().closeAllConnections();
  };
  return { port: (server.address() as AddressInfo).port, close };
}

/** Null for what is too long to be compared, or breaks off. */
function readWhole(answer: IncomingMessage): Promise<string | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    answer.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maxBytes) chunks.push(chunk);
    });
    answer.once('end', () => resolve(bytes <= maxBytes ? Buffer.concat(chunks).toString('utf8') : null));
    answer.once('close', () => resolve(null));
  });
}

function textsOf({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value] as const] : [])),
  );
}
