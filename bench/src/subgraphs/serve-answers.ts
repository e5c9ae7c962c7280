import { createServer, type Server, type Socket } from 'node:net';

/** Gives the answer to a request body, as text. The same body always has the same answer. */
export type Answer = (body: string) => Promise<string>;

const maxRemembered = 20_000;

/**
 * Serves POST requests as cheaply as Node can, so that the gateway is the bottleneck and not what stands behind it: HTTP/1.1
 * with `content-length`, kept alive, one request at a time on each connection, and each answer computed once.
 */
export function serveAnswers(answer: Answer): Server {
  const known = new Map<string, Buffer>();
  const answerOf = async (body: string) => {
    const encoded = encode('200 OK', await answer(body));
    if (known.size >= maxRemembered) known.clear();
    known.set(body, encoded);
    return encoded;
  };
  return createServer({ noDelay: true, keepAlive: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    readRequests(socket, (body) => {
      const ready = known.get(body);
      if (ready) socket.write(ready);
      else void answerOf(body).then((encoded) => socket.write(encoded));
    });
  });
}

function readRequests(socket: Socket, onBody: (body: string) => void): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let end = endOfHead(rest); end >= 0; end = endOfHead(rest)) {
      const length = /\r\ncontent-length: *(\d+)/i.exec(rest.toString('latin1', 0, end))?.[1];
      if (length === undefined) return void socket.end(encode('411 Length Required', ''));
      const bodyEnd = end + 4 + Number(length);
      if (rest.length < bodyEnd) return;
      const body = rest.toString('utf8', end + 4, bodyEnd);
      rest = rest.subarray(bodyEnd);
      onBody(body);
    }
  });
}

const endOfHead = (bytes: Buffer) => (bytes.length === 0 ? -1 : bytes.indexOf('\r\n\r\n'));

function encode(status: string, text: string): Buffer {
  const type = 'content-type: application/json\r\n';
  return Buffer.from(`HTTP/1.1 ${status}\r\n${type}content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
}
