import type { FastifyRequest } from 'fastify';
import type { Authenticate, Identity } from '../../guards/authenticate.ts';
import type { WatchLifetime } from '../../guards/lifetimes.ts';
import type { Refusal } from '../../guards/refusal.ts';
import type { SeatKind, Seats } from '../../guards/seats.ts';
import { onAbort } from '../../subgraphs/signal.ts';
import type { OpenStreams } from './open-streams.ts';

/** What a stream over HTTP needs of the guards. */
export interface StreamSessionDeps {
  readonly authenticate: Authenticate;
  readonly watchLifetime: WatchLifetime;
  readonly seats: Seats;
  readonly openStreams: OpenStreams;
}

/** Somebody who holds a stream over HTTP. */
export interface StreamSession {
  readonly identity: Identity;
  /** Aborted when the client has gone; with a CodedError when it may go on no more, with GoingAway at a shutdown. */
  readonly signal: AbortSignal;
  /** Ends it; may be called twice. */
  end(): void;
}

/** The server shuts down: the client shall connect again, and comes to another one then. */
export class GoingAway extends Error {
  override readonly name = 'GoingAway';
  override readonly message = 'The server shuts down. Connect again and go on with the cursor of the last event.';
}

/** Lets a request have a stream: settles who it is, takes a place, and watches the token, the client and the shutdown. */
export async function openStreamSession(
  deps: StreamSessionDeps,
  request: FastifyRequest,
  kind: SeatKind,
): Promise<StreamSession | { readonly refused: Refusal }> {
  const { exchange } = request;
  const identity = await deps.authenticate(request.headers.authorization);
  if ('refused' in identity) return identity;
  exchange.operation = { ...exchange.operation, caller: identity.caller };
  const leave = deps.seats.take(kind, identity, exchange.clientAddress);
  if (!leave) return { refused: tooManyStreams };
  const lifetime = deps.watchLifetime(identity);
  const over = new AbortController();
  const stays = [lifetime.signal, exchange.signal].map((signal) => {
    if (signal.aborted) over.abort(signal.reason);
    return onAbort(signal, (reason) => over.abort(reason));
  });
  const closed = deps.openStreams.add(() => over.abort(new GoingAway()));
  return {
    identity,
    signal: over.signal,
    end() {
      over.abort();
      for (const stay of stays) stay();
      lifetime.end();
      leave();
      closed();
    },
  };
}

const tooManyStreams: Refusal = {
  status: 429,
  code: 'TOO_MANY_STREAMS',
  message: 'Too many streams are open. Close one first.',
  headers: { 'retry-after': '5' },
};
