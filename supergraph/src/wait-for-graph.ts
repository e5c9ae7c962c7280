import type { Composition } from './composition/composer.ts';
import type { Engine } from './engine/engine.ts';

/** How long one waits that only has to load the graph that was good last, and one that does not know of any. */
const [loadingMs, composingMs] = [30_000, 2_000];

/**
 * One of several that share a port takes connections only when it has a graph, so that nobody meets one that is behind the others. When there
 * was none to begin with it says after two seconds itself what it waits for.
 */
export function waitForGraph(
  engine: Pick<Engine, 'onGraph'>,
  { composition }: { readonly composition: Pick<Composition, 'supergraph'> },
): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, composition.supergraph ? loadingMs : composingMs);
    const stop = engine.onGraph(() => {
      clearTimeout(timer);
      queueMicrotask(() => stop());
      resolve();
    });
  });
}
