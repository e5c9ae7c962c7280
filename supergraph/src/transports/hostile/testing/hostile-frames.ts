import type { WebSocket } from 'ws';

/** What a client of the websocket does to do harm, and the codes of the protocol that it may be closed with. */
export interface HostileFrames {
  readonly name: string;
  readonly act: (socket: WebSocket) => void;
  /** False for a client that has not said connection_init. Default true. */
  readonly isGreeted?: boolean;
  readonly closes: readonly number[];
}

const says = (name: string, text: string, closes: readonly number[] = [4400]): HostileFrames => ({
  name,
  act: (socket) => socket.send(text),
  closes,
});
const subscribe = '{"id":"1","type":"subscribe","payload":{"query":"subscription { orderCreated { cursor } }"}}';

/** Frames and messages that no sound client sends. Sources: RFC 6455; github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md */
export const hostileFrames: readonly HostileFrames[] = [
  says('a message of 200 KB', 'x'.repeat(200_000), [1009]),
  says('no JSON', '{'),
  says('nothing', ''),
  says('null', 'null'),
  says('a list', '[]'),
  says('a number', '7'),
  says('20,000 nested lists', '['.repeat(20_000) + ']'.repeat(20_000)),
  says('a type that there is not', '{"type":"start","id":"1"}'),
  says('a type like a field of every object', '{"type":"__proto__"}'),
  says('no id', '{"type":"subscribe","payload":{"query":"{ me { id } }"}}'),
  says('an id that is an object', '{"id":{},"type":"subscribe","payload":{"query":"{ me { id } }"}}'),
  says('an empty id', '{"id":"","type":"subscribe","payload":{"query":"{ me { id } }"}}'),
  says('no payload', '{"id":"1","type":"subscribe"}'),
  says('a payload that is text', '{"id":"1","type":"subscribe","payload":"{ me { id } }"}'),
  says('a query that is an object', '{"id":"1","type":"subscribe","payload":{"query":{}}}'),
  says('variables that are text', '{"id":"1","type":"subscribe","payload":{"query":"{ me { id } }","variables":"{}"}}'),
  says(
    'an operation name that is a number',
    '{"id":"1","type":"subscribe","payload":{"query":"{ me { id } }","operationName":7}}',
  ),
  says('a message of the server', '{"id":"1","type":"next","payload":{}}'),
  says('connection_init twice', '{"type":"connection_init"}', [4429]),
  {
    name: 'an operation before connection_init',
    isGreeted: false,
    act: (socket) => socket.send(subscribe),
    closes: [4401],
  },
  {
    name: 'connection_init with a list',
    isGreeted: false,
    act: (socket) => socket.send('{"type":"connection_init","payload":[]}'),
    closes: [4400],
  },
  {
    name: 'a forged token',
    isGreeted: false,
    act: (socket) => socket.send('{"type":"connection_init","payload":{"authorization":"Bearer forged"}}'),
    closes: [4403],
  },
  {
    name: 'an id in use',
    act: (socket) => [subscribe, subscribe].forEach((text) => socket.send(text)),
    closes: [4409],
  },
  {
    name: 'a binary message',
    act: (socket) => socket.send(Buffer.from(subscribe), { binary: true }),
    closes: [4400, 1003],
  },
  {
    name: 'text that is no UTF-8',
    act: (socket) => socket.send(Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), { binary: false }),
    closes: [1007],
  },
  {
    name: 'fragments without an end',
    act(socket) {
      for (let index = 0; index < 20; index += 1) socket.send('x'.repeat(10_000), { fin: false });
    },
    closes: [1009],
  },
  {
    name: 'a frame of a reserved kind',
    act: (socket) => void raw(socket).write(Buffer.from([0x83, 0x80, 0, 0, 0, 0])),
    closes: [1002],
  },
  {
    name: 'a frame without a mask',
    act: (socket) => void raw(socket).write(Buffer.from([0x81, 0x01, 0x7b])),
    closes: [1002],
  },
  {
    name: 'a ping that is too long',
    act: (socket) => void raw(socket).write(Buffer.from([0x89, 0xfe, 0x01, 0x00, 0, 0, 0, 0])),
    closes: [1002],
  },
  {
    name: 'a frame that says it has 2^63 bytes',
    act: (socket) =>
      void raw(socket).write(Buffer.from([0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0])),
    closes: [1009],
  },
];

/** The connection beneath, for what the client's library would not send. */
function raw(socket: WebSocket): { write(bytes: Buffer): boolean } {
  return (socket as unknown as { readonly _socket: { write(bytes: Buffer): boolean } })._socket;
}
