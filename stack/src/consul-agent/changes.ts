import type { EventEmitter } from 'node:events';
import { EventEmitter as Emitter } from 'node:events';

/**
 * The index that Consul's blocking queries compare: one counter for the whole agent, and for each topic the counter's
 * value when it last changed. An index is never 0 and never goes back while the agent lives.
 * Source: developer.hashicorp.com/consul/api-docs/features/blocking
 */
export type Changes = {
  /** Records a change of every topic and wakes whoever waits for one of them. Returns the new index. */
  touch(...topics: string[]): number;
  /** The index at which any topic that matches last changed; at least 1. */
  indexOf(matches: (topic: string) => boolean): number;
  /** Resolves when a matching topic's index passes `index`, when `waitMs` have gone by, or when the signal aborts. */
  passed(
    matches: (topic: string) => boolean,
    index: number,
    wait: { waitMs: number; signal: AbortSignal },
  ): Promise<void>;
};

/** Makes an empty record. Lifetime: as long as whoever holds it; open waits end by their own deadline or signal. */
export function createChanges(): Changes {
  const lastChange = new Map<string, number>();
  const changed: EventEmitter = new Emitter().setMaxListeners(0);
  let current = 1;

  const indexOf: Changes['indexOf'] = (matches) =>
    Math.max(1, ...[...lastChange].filter(([topic]) => matches(topic)).map(([, index]) => index));

  return {
    touch(...topics) {
      current += 1;
      for (const topic of topics) lastChange.set(topic, current);
      changed.emit('change');
      return current;
    },
    indexOf,
    passed(matches, index, { waitMs, signal }) {
      if (signal.aborted || indexOf(matches) > index) return Promise.resolve();
      return new Promise((resolve) => {
        const finish = () => {
          clearTimeout(timer);
          changed.off('change', look);
          signal.removeEventListener('abort', finish);
          resolve();
        };
        const look = () => {
          if (indexOf(matches) > index) finish();
        };
        const timer = setTimeout(finish, waitMs);
        changed.on('change', look);
        signal.addEventListener('abort', finish, { once: true });
      });
    },
  };
}
