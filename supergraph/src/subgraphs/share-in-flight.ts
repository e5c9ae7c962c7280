import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import type { SubgraphAnswer, SubgraphClient, SubgraphSend } from './client.ts';
import { createIdentify } from './identify.ts';
import { reasonOf } from './signal.ts';
import { waitFor } from './wait-for.ts';

/** A request under way. */
interface Flight {
  readonly body: string;
  readonly answer: Promise<SubgraphAnswer>;
  /** When the budget of the one who sent it ends, in the time of `performance.now()`. */
  readonly endsAtMs: number;
}

/**
 * Shares equal requests that are under way at the same time: the same subgraph and body, for the same caller, authorization
 * and address. Whoever comes later parses the answer for itself. When the one who sent it has gone or run out of time, or the
 * subgraph says `no-store`, the others send it again. Nothing is shared that does not say `mayShare`, and nothing is kept once it has been answered.
 *
 * Nobody joins a request that was sent before a mutation ended here, so whoever writes and then reads through one gateway reads
 * what was written. Through another replica, a read may join one that began before the write: it is then as old as that one.
 */
export function shareInFlight(client: SubgraphClient): SubgraphClient {
  const flights = new Map<string, Flight[]>();
  const identify = createIdentify();

  const start = (key: string, request: SubgraphSend): Promise<SubgraphAnswer> => {
    const answer = client.send(request);
    const flight = { body: request.body, answer, endsAtMs: performance.now() + request.deadlineMs };
    const sameCaller = flights.get(key);
    if (sameCaller) sameCaller.push(flight);
    else flights.set(key, [flight]);
    const land = () => {
      const left = flights.get(key)?.filter((other) => other !== flight) ?? [];
      if (left.length > 0) flights.set(key, left);
      else flights.delete(key);
    };
    answer.then(land, land);
    return answer;
  };

  const follow = async (flight: Flight, request: SubgraphSend): Promise<SubgraphAnswer> => {
    const joinedAtMs = performance.now();
    const left = () => ({ ...request, deadlineMs: request.deadlineMs - (performance.now() - joinedAtMs) });
    try {
      const answer = await waitFor(flight.answer, request.signal);
      return copyAnswer(answer, request.expected) ?? (await client.send(left()));
    } catch (fault) {
      if (request.signal.aborted) throw reasonOf(request.signal);
      const isOurs = fault instanceof CodedError && performance.now() < flight.endsAtMs;
      if (isOurs) throw fault;
    }
    return share(left());
  };

  const share = (request: SubgraphSend): Promise<SubgraphAnswer> => {
    if (request.isMutation) return client.send(request).finally(() => flights.clear());
    if (request.mayShare !== true || request.purpose !== 'query') return client.send(request);
    // Bodies are long: comparing the few of one caller is cheaper than hashing each.
    const key = `${request.subgraph}\n${request.clientAddress ?? ''}\n${identify(request.caller)}`;
    const flight = flights.get(key)?.find(({ body }) => body === request.body);
    return flight ? follow(flight, request) : start(key, request);
  };
  return { send: share, close: () => client.close() };
}

/** The answer for another reader; null when there is none to be had, or the subgraph does not want that. */
function copyAnswer({ status, bytes, noStore }: SubgraphAnswer, expected: Buffer | undefined): SubgraphAnswer | null {
  if (!bytes || noStore) return null;
  if (status === 200 && expected?.equals(bytes)) return { status, bytes, json: undefined, isExpected: true };
  return { status, bytes, json: JSON.parse(bytes.toString('utf8')) as unknown };
}
