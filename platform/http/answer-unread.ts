import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

const problems: Readonly<Record<string, { status: number; code: string; detail: string }>> = {
  HPE_HEADER_OVERFLOW: { status: 431, code: 'HEADERS_TOO_LARGE', detail: 'Headers have 16 KB at most, all together.' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: 'REQUEST_TIMEOUT', detail: 'The request took too long to arrive.' },
};
const malformed = { status: 400, code: 'BAD_USER_INPUT', detail: 'This is no HTTP that can be read.' };

/**
 * Answers what came over a connection but could not be read as a request, before there is anything that a route could answer:
 * problem+json with 431 HEADERS_TOO_LARGE, 408 REQUEST_TIMEOUT or 400 BAD_USER_INPUT, then the connection ends.
 * Source: nodejs.org/api/http.html, 'clientError'
 */
export function answerUnread(fault: Error & { readonly code?: string }, socket: Socket): void {
  if (fault.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const { status, code, detail } = problems[fault.code ?? ''] ?? malformed;
  const title = STATUS_CODES[status] ?? 'Bad Request';
  const body = JSON.stringify({ type: 'about:blank', title, status, detail, code });
  const head = [
    `HTTP/1.1 ${status} ${title}`,
    'content-type: application/problem+json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}
