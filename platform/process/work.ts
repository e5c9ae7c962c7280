import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * A piece of work that somebody waits for: until it is done, its time is up, or they leave. What is done for it further down, such as an SQL
 * statement, asks `currentWork` and ends with it, without each function in between handing a signal on.
 */
export class Work {
  #reason: Error | null = null;
  #listeners: Set<(reason: Error) => void> | null = null;
  #controller: AbortController | null = null;

  /** Why nobody waits any more; null while somebody does. */
  get reason(): Error | null {
    return this.#reason;
  }

  /** Nobody waits any more. */
  abandon(reason: Error): void {
    if (this.#reason) return;
    this.#reason = reason;
    const listeners = this.#listeners ?? [];
    this.#listeners = null;
    for (const listener of listeners) listener(reason);
  }

  /** Calls the listener when it is abandoned. Returns what takes that back. */
  onAbandoned(listener: (reason: Error) => void): () => void {
    (this.#listeners ??= new Set()).add(listener);
    return () => void this.#listeners?.delete(listener);
  }

  /** Aborted when it is abandoned. Made when it is first asked for, since it costs more than a small request's rules. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      const controller = new AbortController();
      this.#controller = controller;
      if (this.#reason) controller.abort(this.#reason);
      else this.onAbandoned((reason) => controller.abort(reason));
    }
    return this.#controller.signal;
  }
}

const current = new AsyncLocalStorage<Work>();

/** Runs `task`, and all that it sets off, as a part of the work. */
export function runAsPartOf<Result>(work: Work, task: () => Result): Result {
  return current.run(work, task);
}

/** The work that the running code is a part of; undefined in what nobody waits for. */
export function currentWork(): Work | undefined {
  return current.getStore();
}
