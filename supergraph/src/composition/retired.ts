import type { Discovery } from '@storefront/platform/discovery/discovery.ts';
import { z } from 'zod';

/** The subgraphs that an operator has taken out of service for good. */
export interface Retired {
  readonly names: ReadonlySet<string>;
  /** Calls the listener after each change. Returns what ends that. */
  onChange(listener: () => void): () => void;
}

/** Nobody is ever retired. */
export const noneRetired: Retired = { names: new Set(), onChange: () => () => undefined };

const shape = z.array(z.string());

/** Follows the key that names them, as a JSON list. What is no such list changes nothing. */
export function followRetired(
  { discovery }: { readonly discovery: Pick<Discovery, 'keys'> },
  key: string,
): Retired & { close(): void } {
  const listeners = new Set<() => void>();
  let names: ReadonlySet<string> = new Set();
  const watch = discovery.keys.watch(key, (entry) => {
    const found = readNames(entry?.value ?? '[]');
    if (!found) return;
    names = new Set(found);
    for (const listener of listeners) listener();
  });
  return {
    get names() {
      return names;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => watch.close(),
  };
}

function readNames(text: string): readonly string[] | undefined {
  try {
    return shape.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
