import type { ExecutionResult } from 'graphql';
import { GoingAway, type StreamSession } from '../streams/stream-session.ts';
import type { EventWriter } from './open-events.ts';
import { formatEvent } from './open-events.ts';

/** An operation on a stream that several share. */
interface SharedOperation {
  readonly end: AbortController;
}

/** One stream that carries the results of several operations; it may be reserved before it is open. */
export class SharedStream {
  readonly session: StreamSession;
  readonly #operations = new Map<string, SharedOperation>();
  readonly #carrying = new Set<Promise<void>>();
  readonly #opened = Promise.withResolvers<EventWriter | null>();
  #isOpen = false;

  constructor(session: StreamSession) {
    this.session = session;
    session.signal.addEventListener('abort', () => this.#closeAll());
  }

  /** True from the moment somebody reads it: nobody else may. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  get size(): number {
    return this.#operations.size;
  }

  has(operationId: string): boolean {
    return this.#operations.has(operationId);
  }

  open(events: EventWriter): void {
    this.#isOpen = true;
    this.#opened.resolve(events);
  }

  /** Takes the place of an operation; the signal says when it is to end. */
  reserve(operationId: string): AbortSignal {
    const end = new AbortController();
    this.#operations.set(operationId, { end });
    return end.signal;
  }

  /** Sends the results of an operation as they come, then says that it is complete, unless it shall go on elsewhere. */
  carry(
    operationId: string,
    results: AsyncIterable<ExecutionResult>,
    encode: (result: ExecutionResult) => string,
  ): void {
    const carried = this.#carry(operationId, results, encode).finally(() => this.#carrying.delete(carried));
    this.#carrying.add(carried);
  }

  /** Resolves when every operation has said its last word. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#carrying);
  }

  async #carry(
    operationId: string,
    results: AsyncIterable<ExecutionResult>,
    encode: (result: ExecutionResult) => string,
  ): Promise<void> {
    const events = await this.#opened.promise;
    const id = JSON.stringify(operationId);
    for await (const result of results) {
      const isTaken = await events?.write(formatEvent('next', `{"id":${id},"payload":${encode(result)}}`));
      if (!isTaken) break;
    }
    const isToComeBack = this.session.signal.reason instanceof GoingAway;
    if (this.#operations.has(operationId) && !isToComeBack)
      await events?.write(formatEvent('complete', `{"id":${id}}`));
    this.stop(operationId);
  }

  /** Ends an operation; nothing more is sent of it. */
  stop(operationId: string): void {
    const operation = this.#operations.get(operationId);
    this.#operations.delete(operationId);
    operation?.end.abort();
  }

  #closeAll(): void {
    const { reason } = this.session.signal;
    for (const { end } of this.#operations.values()) end.abort(reason);
    this.#opened.resolve(null);
  }
}
