import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Supergraph } from './composition/supergraph.ts';
import type { Graph } from './engine/engine.ts';
import { waitForGraph } from './wait-for-graph.ts';

let tell: (graph: Graph) => void;
const engine = {
  onGraph(listener: (graph: Graph) => void) {
    tell = listener;
    return () => undefined;
  },
};
const known = { composition: { supergraph: { id: 'known' } as Supergraph } };
const unknown = { composition: { supergraph: null } };

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

async function isOverAfter(ms: number, waiting: Promise<void>): Promise<boolean> {
  let isOver = false;
  void waiting.then(() => (isOver = true));
  await jest.advanceTimersByTimeAsync(ms);
  return isOver;
}

describe('a gateway that shares its port', () => {
  // On a busy machine it took connections from the one before it after two seconds, and answered 503 until it had loaded its graph.
  it('waits for the graph that was good last for as long as it takes to load it', async () => {
    const waiting = waitForGraph(engine, known);

    const before = await isOverAfter(10_000, waiting);
    tell({ id: 'known' } as Graph);

    expect([before, await isOverAfter(0, waiting)]).toEqual([false, true]);
  });

  it('says after two seconds what it waits for when there is no graph to load', async () => {
    const waiting = waitForGraph(engine, unknown);

    expect([await isOverAfter(1_900, waiting), await isOverAfter(200, waiting)]).toEqual([false, true]);
  });
});
