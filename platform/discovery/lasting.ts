import type { Log } from '../log/log.ts';
import type { Discovery, Instance, ServiceSummary } from './discovery.ts';

/** The instances that were seen last, by service; kept where they outlive the process. */
export interface InstanceMemory {
  readonly known: ReadonlyMap<string, readonly Instance[]>;
  remember(name: string, instances: readonly Instance[]): void;
}

/** What a lasting discovery works with. */
export interface LastingDeps {
  readonly discovery: Pick<Discovery, 'watchServices' | 'watchInstances'>;
  readonly memory: InstanceMemory;
  readonly log: Log;
  /** Whether an instance answers. Must not reject. Default: `GET /health` within a second. */
  readonly isAlive?: (instance: Instance) => Promise<boolean>;
  /** How often instances that the catalogue does not name are asked. Default 5,000. */
  readonly recheckMs?: number;
}

/**
 * A discovery that begins with what was known before, and does not believe an empty answer: while instances that were known a moment ago
 * answer, they stay, whatever the catalogue says (an agent that was restarted knows nobody). Only when none answers is it told that there is none.
 */
export function lastingDiscovery(deps: LastingDeps): Pick<Discovery, 'watchServices' | 'watchInstances'> {
  const { discovery, memory } = deps;
  return {
    watchServices(onChange, options = {}) {
      const { tag } = options;
      const tell = (found: readonly ServiceSummary[]) => {
        const names = new Set(found.map(({ name }) => name));
        const remembered = [...memory.known]
          .filter(([name, [first]]) => !names.has(name) && first && (tag === undefined || first.tags.includes(tag)))
          .map(([name, [first]]) => ({ name, tags: first?.tags ?? [] }));
        onChange([...found, ...remembered]);
      };
      if (memory.known.size > 0) tell([]);
      return discovery.watchServices(tell, options);
    },
    watchInstances: (name, onChange) => watchLasting(deps, name, onChange),
  };
}

function watchLasting(
  { discovery, memory, log, isAlive = answersHealth, recheckMs = 5_000 }: LastingDeps,
  name: string,
  onChange: (instances: readonly Instance[]) => void,
) {
  let timer: NodeJS.Timeout | undefined;
  let turn = 0;
  const doubt = async (known: readonly Instance[]): Promise<void> => {
    const asked = (turn += 1);
    const answers = await Promise.all(known.map(isAlive));
    if (asked !== turn) return;
    const alive = known.filter((_, index) => answers[index]);
    if (alive.length === 0) return onChange([]);
    log.warn({ service: name, alive: alive.length }, 'the catalogue names no instance, but some answer: they stay');
    timer = setTimeout(() => void doubt(alive), recheckMs).unref();
  };
  const remembered = memory.known.get(name) ?? [];
  if (remembered.length > 0) onChange(remembered);
  const watch = discovery.watchInstances(name, (found) => {
    clearTimeout(timer);
    turn += 1;
    const known = memory.known.get(name) ?? [];
    if (found.length === 0 && known.length > 0) return void doubt(known);
    if (found.length > 0) memory.remember(name, found);
    onChange(found);
  });
  return {
    close() {
      turn += 1;
      clearTimeout(timer);
      watch.close();
    },
  };
}

/** Any answer but a fault of the server will do. */
async function answersHealth({ address, port, meta }: Instance): Promise<boolean> {
  const host = address.includes(':') ? `[${address}]` : address;
  try {
    const url = `${meta['scheme'] ?? 'http'}://${host}:${port}/health`;
    const response = await fetch(url, { signal: AbortSignal.timeout(1_000), headers: { connection: 'close' } });
    await response.body?.cancel();
    return response.status < 500;
  } catch {
    return false;
  }
}
