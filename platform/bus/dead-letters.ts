import { type ChannelModel, type Channel, connect, type GetMessage } from 'amqplib';
import { CodedError } from '../errors/coded-error.ts';
import { deadLetterQueue } from './topology.ts';

/** An event that its queue gave up on. */
export interface DeadLetter {
  readonly id: string;
  /** The queue that it came from. */
  readonly queue: string;
  /** The event's type, null for what is not an event. */
  readonly type: string | null;
  /** When it happened, UTC, as far as the letter says so. */
  readonly at: Date | null;
  readonly tries: number;
  /** What the last try said; what the broker says of a letter whose consumers died. */
  readonly reason: string;
  /** The body as it came. */
  readonly body: string;
}

/** The dead letters of a broker. Whoever opens them closes them. */
export interface DeadLetters {
  /** Up to 10,000 letters of a queue, oldest first; they stay where they are. None for a queue that is not there. */
  list(queue: string): Promise<DeadLetter[]>;
  /** Puts letters back into the queue that they came from, each removed after the broker's confirm; says how many. */
  replay(queue: string, isMeant: (letter: DeadLetter) => boolean): Promise<number>;
  /** Throws letters away for good; says how many. */
  drop(queue: string, isMeant: (letter: DeadLetter) => boolean): Promise<number>;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 5_000;
const MOST_LETTERS = 10_000;

/** Opens the dead letters of the broker at `url`. @throws CodedError BUS_UNREACHABLE with the host and the cause */
export async function openDeadLetters(url: string): Promise<DeadLetters> {
  const model = await open(url);
  return {
    list: (queue) => visit(model, queue, async () => undefined),
    replay: async (queue, isMeant) => {
      const sending = await model.createConfirmChannel();
      const replayed = await visit(model, queue, async (channel, message, letter) => {
        if (!isMeant(letter)) return;
        const { type, timestamp, contentType } = message.properties;
        sending.sendToQueue(queue, message.content, {
          messageId: letter.id,
          type,
          timestamp,
          contentType,
          persistent: true,
          mandatory: true,
        });
        await sending.waitForConfirms();
        channel.ack(message);
      });
      await sending.close();
      return replayed.filter(isMeant).length;
    },
    drop: async (queue, isMeant) => {
      const visited = await visit(model, queue, async (channel, message, letter) => {
        if (isMeant(letter)) channel.ack(message);
      });
      return visited.filter(isMeant).length;
    },
    close: () => model.close(),
  };
}

type Visitor = (channel: Channel, message: GetMessage, letter: DeadLetter) => Promise<void>;

/** Takes each letter once; what the visitor does not acknowledge goes back to its place when the channel closes. */
async function visit(model: ChannelModel, queue: string, visitor: Visitor): Promise<DeadLetter[]> {
  const channel = await model.createChannel();
  channel.on('error', () => undefined); // the call in hand rejects with the same cause
  const letters: DeadLetter[] = [];
  try {
    const dead = deadLetterQueue(queue);
    for (let taken = 0; taken < MOST_LETTERS; taken += 1) {
      const message = await channel.get(dead, { noAck: false });
      if (message === false) break;
      const letter = read(queue, message);
      letters.push(letter);
      await visitor(channel, message, letter);
    }
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
  await channel.close();
  return letters;
}

function read(queue: string, { content, properties }: GetMessage): DeadLetter {
  const headers: Record<string, unknown> = properties.headers ?? {};
  const seconds = Number(properties.timestamp);
  return {
    id: String(properties.messageId ?? ''),
    queue,
    type: typeof properties.type === 'string' ? properties.type : null,
    at: Number.isFinite(seconds) ? new Date(seconds * 1_000) : null,
    tries: Number(headers['x-tries'] ?? headers['x-delivery-count'] ?? 0),
    reason: [headers['x-fault'], headers['x-first-death-reason']].find((one) => typeof one === 'string') ?? 'unknown',
    body: content.toString('utf8'),
  };
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 404;
}

async function open(text: string): Promise<ChannelModel> {
  const place = URL.parse(text)?.host ?? 'an unreadable URL';
  try {
    return await connect(text, { timeout: CONNECT_TIMEOUT_MS, clientProperties: { connection_name: 'dead-letters' } });
  } catch (cause) {
    throw new CodedError('BUS_UNREACHABLE', `cannot use RabbitMQ at ${place}`, { cause });
  }
}
