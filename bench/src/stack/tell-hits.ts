import { setTimeout as delay } from 'node:timers/promises';
import { ask } from '../answers.ts';
import { runWrk } from '../load/run-wrk.ts';
import { tell } from '../place.ts';

interface Sampled {
  readonly extensions?: { readonly cache?: { readonly hits: number; readonly misses: number } };
}

/** Loads a gateway once more, asks it the same beside that a hundred times a second, and tells how much came from the cache. */
export async function tellHits(
  url: string,
  load: {
    readonly bodiesPath: string;
    readonly body: string;
    readonly callersPath: string | undefined;
    readonly seconds: number;
    readonly connections: number;
  },
): Promise<void> {
  const counts = { hits: 0, misses: 0 };
  const end = new AbortController();
  const sample = async (): Promise<void> => {
    for (; !end.signal.aborted; await delay(10)) {
      const { extensions } = (await ask(url, load.body, { 'x-include-cache': 'true' })) as Sampled;
      counts.hits += extensions?.cache?.hits ?? 0;
      counts.misses += extensions?.cache?.misses ?? 1;
    }
  };
  const sampling = sample();
  await runWrk({ ...load, url, uniqueAuthorization: false });
  end.abort();
  await sampling;
  const { hits, misses } = counts;
  tell(`hit ratio under load: ${((100 * hits) / (hits + misses)).toFixed(1)}% of ${hits + misses} answers looked at`);
}
