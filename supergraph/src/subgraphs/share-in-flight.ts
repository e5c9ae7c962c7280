import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import { type Caller, writeScopes } from '@storefront/platform/identity/caller.ts';
import type { SubgraphAnswer, SubgraphClient, SubgraphSend } from './client.ts';

/** A request under way. */
interface Flight {
  readonly body: string;
  readonly answer: Promise<SubgraphAnswer>;
  /** When the budget of the one who sent it ends, in the time of `performance.now()`. */
  readonly endsAtMs: number;
}

/**
 * Shares equal requests that are under way at the same time: the same subgraph and body, for the same caller, authorization
 * and address. Whoever comes later parses the answer for itself. When the one who sent it has gone or run out of time, the
 * others send it again. Nothing is shared that does not say `mayShare`, and nothing is kept once it has been answered.
 *
 * Nobody joins a request that was sent before a mutation ended here, so whoever writes and then reads through one gateway reads
 * what was written. Through another replica, a read may join one that began before the write: it is then as old as that one.
 */
export function shareInFlight(client: SubgraphClient): SubgraphClient {
  const flights = new Map<string, Flight[]>();
  const identify = createIdentities();

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
    try {
      const { status, text } = await waitFor(flight.answer, request.signal);
      if (text !== undefined) return { status, text, json: JSON.parse(text) as unknown };
    } catch (fault) {
      request.signal.throwIfAborted();
      const isOurs = fault instanceof CodedError && performance.now() < flight.endsAtMs;
      if (isOurs) throw fault;
    }
    return share({ ...request, deadlineMs: request.deadlineMs - (performance.now() - joinedAtMs) });
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

/** All that a subgraph may hear of a caller, as one text; remembered for as long as the caller is. */
function createIdentities(): (caller: Caller) => string {
  const known = new WeakMap<Caller, string>();
  return (caller) => {
    let identity = known.get(caller);
    if (identity === undefined) {
      const who = caller.kind === 'user' ? [caller.userId, writeScopes(caller)] : [];
      identity = JSON.stringify([caller.authorization ?? null, ...who]);
      known.set(caller, identity);
    }
    return identity;
  };
}

function waitFor<Result>(result: Promise<Result>, signal: AbortSignal): Promise<Result> {
  if (signal.aborted) return Promise.reject(reasonOf(signal));
  return new Promise((resolve, reject) => {
    const leave = () => reject(reasonOf(signal));
    const stay = () => signal.removeEventListener('abort', leave);
    signal.addEventListener('abort', leave, { once: true });
    result.then(resolve, reject).finally(stay);
  });
}

function reasonOf({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
}
