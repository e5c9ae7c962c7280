import { setTimeout as delay } from 'node:timers/promises';

/** The streams over HTTP that are open at this server. */
export interface OpenStreams {
  /** Takes note of a stream; `end` has it end soon. The result is called when it has ended. */
  add(end: () => void): () => void;
  /** Ends all of them, each at a random moment within `closeWithinMs`, and waits until they have. */
  close(): Promise<void>;
}

/** `closeWithinMs` spreads the clients' return over time. */
export function createOpenStreams({ closeWithinMs }: { readonly closeWithinMs: number }): OpenStreams {
  const streams = new Map<() => void, Promise<void>>();
  let isClosing = false;
  return {
    add(end) {
      const { promise, resolve } = Promise.withResolvers<void>();
      streams.set(end, promise);
      if (isClosing) end();
      return () => {
        streams.delete(end);
        resolve();
      };
    },
    async close() {
      isClosing = true;
      const endings = [...streams].map(async ([end, ended]) => {
        await Promise.race([delay(Math.random() * closeWithinMs), ended]);
        end();
        await ended;
      });
      await Promise.all(endings);
    },
  };
}
