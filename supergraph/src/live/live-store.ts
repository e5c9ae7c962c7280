import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Redis } from '@storefront/platform/redis/redis.ts';
import { writeCursor } from './cursor.ts';
import { type DomainEvent, parseEnvelope } from '@storefront/schema/events/event.ts';

/** One event in one stream: its own id and the id of the entry before it, so that a reader can prove that it missed nothing. */
export interface LiveEntry {
  readonly id: string;
  readonly previous: string;
  readonly event: DomainEvent;
}

/** Where an event was put: the stream, and the entry's place in it. */
export interface Placement {
  readonly stream: string;
  readonly id: string;
  readonly previous: string;
}

/** The streams of live events in Redis: one for each user who may see events, one for those who see all. */
export interface LiveStore {
  /** Puts the event into every stream at once. The same event (by its id) is put once; a repeat gives the first placements. */
  append(event: DomainEvent): Promise<Placement[]>;
  /** The same for several, in their order and in one trip: what each `append` would have answered. */
  appendAll(events: readonly DomainEvent[]): Promise<Placement[][]>;
  /** Up to `limit` entries after the one with this id, oldest first. */
  readAfter(stream: string, id: string, limit: number): Promise<LiveEntry[]>;
  /** The id of the newest entry; `beginning` when there is none. */
  lastId(stream: string): Promise<string>;
  /** Names the life of all streams: a new name means that Redis has lost them. */
  epoch(): Promise<string>;
  /** A cursor for every stream: what comes from now on is after it. */
  now(): Promise<string>;
  /** The stream of one user's events. */
  streamOfUser(userId: string): string;
  /** The stream of all events. */
  readonly streamOfAll: string;
}

/** Before the first entry of a stream. */
export const beginning = '0-0';

export interface LiveStoreOptions {
  /** What every key begins with. */
  readonly prefix: string;
  /** How many entries a stream keeps, about. */
  readonly maxEntries: number;
  /** How long a stream without new events is kept, and how long a repeat of an event is recognised. */
  readonly retentionMs: number;
}

/** Used unless the options say otherwise. */
export const liveStoreDefaults: LiveStoreOptions = {
  prefix: 'live',
  maxEntries: 10_000,
  retentionMs: 24 * 60 * 60 * 1000,
};

/**
 * All streams of all events or none: a script runs alone. A repeat answers what is remembered of the first time. After the first
 * two, arguments come in pairs: how many keys belong to an event, and the event.
 */
const appendScript = `
local answers, first = {}, 1
for argument = 3, #ARGV, 2 do
  local count, event = tonumber(ARGV[argument]), ARGV[argument + 1]
  local answer = redis.call('GET', KEYS[first])
  if not answer then
    local placements = {}
    for index = first + 1, first + count - 1 do
      local last = redis.call('XREVRANGE', KEYS[index], '+', '-', 'COUNT', 1)
      local previous = last[1] and last[1][1] or '${beginning}'
      local id = redis.call('XADD', KEYS[index], 'MAXLEN', '~', ARGV[1], '*', 'previous', previous, 'event', event)
      redis.call('PEXPIRE', KEYS[index], ARGV[2])
      placements[#placements + 1] = { stream = KEYS[index], id = id, previous = previous }
    end
    answer = cjson.encode(placements)
    redis.call('SET', KEYS[first], answer, 'PX', ARGV[2])
  end
  answers[#answers + 1] = answer
  first = first + count
end
return answers
`;

const epochScript = `
redis.call('SET', KEYS[1], ARGV[1], 'NX')
local time = redis.call('TIME')
return { redis.call('GET', KEYS[1]), string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)) }
`;

/** Opens the streams. Equal reads that are asked for at once are one. Every call @throws what ioredis throws when Redis does not answer. Source: redis.io/docs/data-types/streams */
export function createLiveStore(redis: Redis, options: LiveStoreOptions = liveStoreDefaults): LiveStore {
  const { prefix, maxEntries, retentionMs } = options;
  const streamOfAll = `${prefix}:all`;
  const streamOfUser = (userId: string) => `${prefix}:user:${userId}`;
  const shareReads = shareUntilSent<LiveEntry[]>();
  const shareIds = shareUntilSent<string>();
  const askEpoch = async () => {
    const answer = await redis.eval(epochScript, 1, `${prefix}:epoch`, randomUUID());
    const [epoch = '', ms = ''] = Array.isArray(answer) ? answer.map(String) : [];
    return { epoch, ms };
  };
  const keysOf = ({ id, audience }: DomainEvent) => [
    `${prefix}:seen:${id}`,
    streamOfAll,
    ...new Set(audience.map(streamOfUser)),
  ];
  const appendAll = async (events: readonly DomainEvent[]) => {
    const keys = events.map(keysOf);
    const pairs = events.flatMap((event, at) => [keys[at]?.length ?? 0, JSON.stringify(event)]);
    const all = keys.flat();
    const answers = await redis.eval(appendScript, all.length, ...all, maxEntries, retentionMs, ...pairs);
    return (answers as string[]).map((answer) => JSON.parse(answer) as Placement[]);
  };
  return {
    streamOfAll,
    streamOfUser,
    append: async (event) => (await appendAll([event]))[0] ?? [],
    appendAll,
    readAfter: (stream, id, limit) =>
      shareReads(`${limit} ${id} ${stream}`, async () => {
        const found = await redis.xrange(stream, `(${id}`, '+', 'COUNT', limit);
        return found.map(([entryId, fields]) => readEntry(entryId, fields));
      }),
    lastId: (stream) =>
      shareIds(stream, async () => (await redis.xrevrange(stream, '+', '-', 'COUNT', 1))[0]?.[0] ?? beginning),
    epoch: async () => (await askEpoch()).epoch,
    async now() {
      const { epoch, ms } = await askEpoch();
      return writeCursor({ id: `${ms}-0`, epoch });
    },
  };
}

/**
 * Thousands of feeds of one stream fall behind at the same moment: one read serves all who ask before it is sent. Nobody joins
 * one that is under way: it may have been answered before the entry that they look for came.
 */
function shareUntilSent<Result>(): (key: string, read: () => Promise<Result>) => Promise<Result> {
  const unsent = new Map<string, Promise<Result>>();
  return (key, read) => {
    const known = unsent.get(key);
    if (known) return known;
    const reading = nextTurn().then(() => {
      unsent.delete(key);
      return read();
    });
    unsent.set(key, reading);
    return reading;
  };
}

function readEntry(id: string, fields: readonly string[]): LiveEntry {
  const [, previous = beginning, , event = ''] = fields;
  return { id, previous, event: parseEnvelope(JSON.parse(event)) };
}
