import type { Socket } from 'node:net';
import { type Channel, type ChannelModel, connect, type RecoveringChannelModel } from 'amqplib';
import { CodedError } from '../errors/coded-error.ts';
import { settledWithin } from '../process/settled-within.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const HEARTBEAT_SECONDS = 5;
/** How long a broker may take to say goodbye. */
const CLOSE_TIMEOUT_MS = 2_000;

/** A connection to a broker that heals itself. Whoever opens it closes it. */
export interface Connection {
  readonly model: RecoveringChannelModel;
  /** Resolves within 2 s, whatever the broker and the network do. */
  close(): Promise<void>;
}

/** Connects, under a name for the management page. @throws CodedError BUS_UNREACHABLE with host and cause */
export async function openConnection(text: string, name: string): Promise<Connection> {
  if (!URL.canParse(text)) throw unreachable('an unreadable URL', new TypeError('RABBITMQ_URL is not a URL'));
  const url = new URL(text);
  url.searchParams.set('heartbeat', String(HEARTBEAT_SECONDS));
  let current: Socket | undefined;
  const setup = async (opened: ChannelModel) => {
    current = socketOf(opened);
    gatherWrites(current);
  };
  try {
    const model = await connect(url.href, {
      noDelay: true,
      timeout: CONNECT_TIMEOUT_MS,
      clientProperties: { connection_name: name },
      recovery: { initialDelay: 100, maxDelay: 5_000, initialMaxRetries: 0, setup },
    });
    return {
      model,
      close: async () => {
        const socket = current;
        if (!(await settledWithin(CLOSE_TIMEOUT_MS, model.close()))) socket?.destroy();
      },
    };
  } catch (cause) {
    throw unreachable(`${url.host}${url.pathname}`, cause);
  }
}

/** Closes a channel that may be closed already: amqplib waits for ever for the answer when its connection breaks meanwhile. */
export async function closeChannel(channel: Channel): Promise<void> {
  await settledWithin(CLOSE_TIMEOUT_MS, channel.close());
}

/** Ends a subscription; see `closeChannel`. */
export async function cancelConsumer(channel: Channel, consumerTag: string): Promise<void> {
  await settledWithin(CLOSE_TIMEOUT_MS, channel.cancel(consumerTag));
}

/** What amqplib has and does not say in its types. */
function socketOf({ connection }: ChannelModel): Socket {
  return (connection as unknown as { readonly stream: Socket }).stream;
}

/** Has the frames of one turn of the event loop leave together: amqplib writes each by itself, which is a system call each. */
function gatherWrites(socket: Socket): void {
  const write = socket.write.bind(socket) as (...given: unknown[]) => boolean;
  let isGathering = false;
  const gathering = (...given: unknown[]) => {
    if (!isGathering) {
      isGathering = true;
      socket.cork();
      process.nextTick(() => {
        isGathering = false;
        socket.uncork();
      });
    }
    return write(...given);
  };
  Object.assign(socket, { write: gathering });
}

function unreachable(place: string, cause: unknown): CodedError {
  return new CodedError('BUS_UNREACHABLE', `cannot use RabbitMQ at ${place}`, { cause });
}
