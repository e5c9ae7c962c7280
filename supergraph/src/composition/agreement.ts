import { gunzipSync, gzipSync } from 'node:zlib';
import type { KeyValues } from '@storefront/platform/discovery/discovery.ts';
import { describeFault } from '@storefront/platform/errors/coded-error.ts';
import type { Log } from '@storefront/platform/log/log.ts';
import { type Composed, readComposed } from './composed.ts';

/** What gateways agree on. */
export interface Agreement {
  /** The graph that somebody has composed of these inputs (see `inputsOf`); null when nobody has, or it is not known. Never rejects. */
  find(inputs: string): Promise<Composed | null>;
  /** The graph that stands there, whatever it was composed of. Never rejects. */
  newest(): Promise<Composed | null>;
  /** Publishes a graph and returns the one to serve: this, or one of the same inputs that was published meanwhile. Never rejects. */
  settle(composed: Composed): Promise<Composed>;
}

/** Everybody composes for themselves. */
export const noAgreement: Agreement = {
  find: async () => null,
  newest: async () => null,
  settle: async (composed) => composed,
};

/** What Consul takes as a value. Source: developer.hashicorp.com/consul/docs/install/performance, "kv_max_value_size" */
const maxBytes = 512 * 1024;

/**
 * The gateways compose a set of SDLs once: the first one publishes the graph by check-and-set, the others verify that it is of their own
 * inputs and load it. Gateways that see different sets for a while each serve their own. Without Consul each composes for itself.
 */
export function agreeInConsul(
  { keys, log }: { readonly keys: Pick<KeyValues, 'get' | 'put'>; readonly log: Log },
  key: string,
): Agreement {
  const read = async () => {
    const entry = await keys.get(key);
    return { index: entry?.index ?? 0, composed: entry && unpack(entry.value) };
  };
  const orNull = async <T>(work: () => Promise<T>): Promise<T | null> => {
    try {
      return await work();
    } catch (fault) {
      log.debug({ fault: describeFault(fault) }, 'the published graph cannot be read');
      return null;
    }
  };
  const newest = async () => (await orNull(read))?.composed ?? null;
  return {
    newest,
    async find(inputs) {
      const composed = await newest();
      return composed?.inputs === inputs ? composed : null;
    },
    async settle(composed) {
      const value = pack(composed);
      if (value.length > maxBytes) {
        log.warn({ bytes: value.length }, 'the graph is too big for Consul: others compose for themselves');
        return composed;
      }
      const settled = await orNull(async () => {
        for (let attempt = 0; attempt < 3; attempt += 1) {
          const { index, composed: other } = await read();
          if (other?.inputs === composed.inputs) return other;
          if (await keys.put(key, value, index)) return composed;
        }
        return composed;
      });
      return settled ?? composed;
    },
  };
}

function pack(composed: Composed): string {
  return gzipSync(JSON.stringify(composed)).toString('base64');
}

function unpack(value: string): Composed | null {
  try {
    return readComposed(JSON.parse(gunzipSync(Buffer.from(value, 'base64')).toString('utf8')));
  } catch {
    return null;
  }
}
