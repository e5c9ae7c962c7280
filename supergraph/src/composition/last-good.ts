import type { Instance, KeyValues } from '@storefront/platform/discovery/discovery.ts';
import type { InstanceMemory } from '@storefront/platform/discovery/lasting.ts';
import type { Log } from '@storefront/platform/log/log.ts';
import { z } from 'zod';
import type { Agreement } from './agreement.ts';
import { type Composed, readComposed } from './composed.ts';
import { openKeptFile } from './kept-file.ts';

/** What a gateway begins with: the graph that was served last, and where its subgraphs were. */
export interface LastGood {
  readonly composed: Composed | null;
  readonly instances: InstanceMemory;
  /** Keeps a graph. A fault is logged. */
  keep(composed: Composed): Promise<void>;
  /** Ends when what was to be written is written. */
  close(): Promise<void>;
}

/** Where it is kept. */
export interface LastGoodDeps {
  readonly log: Log;
  /** Null keeps nothing on disk. It is made when it is not there. */
  readonly folder: string | null;
  /** The key for the instances; graphs go through the agreement. */
  readonly keys: Pick<KeyValues, 'get' | 'put'>;
  readonly instancesKey: string;
  readonly agreement: Agreement;
}

const instance = z.object({
  id: z.string(),
  name: z.string(),
  address: z.string(),
  port: z.number(),
  meta: z.record(z.string(), z.string()),
  tags: z.array(z.string()),
});
const instancesByName = z.record(z.string(), z.array(instance).min(1));

const writeAfterMs = 100;

/**
 * Opens what was good last: from disk, else from Consul, each part for itself; what cannot be read counts as not there. Changes of the
 * instances are written to both a moment later; a file is replaced in one step, so that a crash leaves the old one or the new one.
 */
export async function openLastGood(deps: LastGoodDeps): Promise<LastGood> {
  const { keys, instancesKey, agreement } = deps;
  const [graphFile, instancesFile] = [openKeptFile(deps, 'supergraph.json'), openKeptFile(deps, 'instances.json')];
  const composed = readComposed(await graphFile.read()) ?? (await agreement.newest());
  const stored =
    instancesByName.safeParse(await instancesFile.read()).data ??
    instancesByName.safeParse(await readKey(keys, instancesKey)).data;
  const known = new Map<string, readonly Instance[]>(Object.entries(stored ?? {}));
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<unknown> = Promise.resolve();

  const writeInstances = () => {
    timer = undefined;
    const instances = Object.fromEntries(known);
    writing = Promise.all([
      instancesFile.write(instances),
      keys.put(instancesKey, JSON.stringify(instances)).catch(() => false), // the catalogue itself is there then, or nothing is
    ]);
  };
  return {
    composed,
    instances: {
      known,
      remember(name, instances) {
        if (JSON.stringify(known.get(name)) === JSON.stringify(instances)) return;
        known.set(name, instances);
        timer ??= setTimeout(writeInstances, writeAfterMs);
      },
    },
    keep: (graph) => graphFile.write(graph),
    async close() {
      if (timer) {
        clearTimeout(timer);
        writeInstances();
      }
      await writing;
    },
  };
}

async function readKey(keys: LastGoodDeps['keys'], key: string): Promise<unknown> {
  try {
    return JSON.parse((await keys.get(key))?.value ?? 'null');
  } catch {
    return undefined;
  }
}
