import { AsyncLocalStorage } from 'node:async_hooks';
import type { ServerResponse } from 'node:http';
import { CodedError } from '../errors/coded-error.ts';
import { Work } from '../process/work.ts';

/** How long one execution may go on: until its time is up, or the other side goes away. */
export class Deadline {
  /** Abandoned when the execution may go on no longer. */
  readonly work = new Work();
  /** In the time of `performance.now()`. */
  readonly endsAtMs: number;
  readonly #response: ServerResponse;
  #giveUp: ((reason: Error) => void) | null = null;

  /** Starts to watch the clock, to within 20 ms, and the connection. */
  constructor(response: ServerResponse, timeoutMs: number) {
    this.endsAtMs = performance.now() + timeoutMs;
    this.#response = response;
    response.on('close', this.#onClose);
    watch(this);
  }

  /** What the execution comes to. @throws CodedError DEADLINE_EXCEEDED, or SERVICE_UNAVAILABLE when the other side went away */
  outcomeOf<Result>(running: Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#giveUp = reject;
      running.then(resolve, reject);
    });
  }

  /** Ends the watch; call it when the execution is over. */
  end(): void {
    watched.delete(this);
    this.#response.removeListener('close', this.#onClose);
  }

  /** The time is up. */
  expire(): void {
    this.#abandon(new CodedError('DEADLINE_EXCEEDED', 'the time for this request is up'));
  }

  readonly #onClose = (): void => this.#abandon(new CodedError('SERVICE_UNAVAILABLE', 'the other side went away'));

  #abandon(reason: CodedError): void {
    watched.delete(this);
    this.work.abandon(reason);
    this.#giveUp?.(reason);
  }
}

/** One timer looks at all; a timer for each would cost a few percent of a small request. */
const lookEveryMs = 20;
const watched = new Set<Deadline>();
let timer: NodeJS.Timeout | null = null;
/** What looks at all belongs to none of them. */
const outside = AsyncLocalStorage.snapshot();

function watch(deadline: Deadline): void {
  watched.add(deadline);
  timer ??= outside(setTimeout, look, lookEveryMs);
}

function look(): void {
  const now = performance.now();
  for (const deadline of watched) if (deadline.endsAtMs <= now) deadline.expire();
  timer = watched.size > 0 ? setTimeout(look, lookEveryMs) : null;
}
