import type { Changes } from './changes.ts';

/** One stored key as `GET /v1/kv` answers it; `Value` is base64 or null. */
export type Entry = {
  LockIndex: number;
  Key: string;
  Flags: number;
  Value: string | null;
  CreateIndex: number;
  ModifyIndex: number;
};

/** A flat key space with compare-and-set by `ModifyIndex`. Source: developer.hashicorp.com/consul/api-docs/kv */
export type KeyValue = {
  /** The keys that start with the prefix (or equal the key, when not recursing), in key order. */
  read(key: string, options: { recurse: boolean }): Entry[];
  /** Stores a value. False, and nothing is stored, when `cas` is not the key's index (0: the key must not exist). */
  put(key: string, value: Buffer, options: { cas?: number; flags?: number }): boolean;
  /** Removes a key or a prefix. False when `cas` is not the key's index. */
  remove(key: string, options: { cas?: number; recurse: boolean }): boolean;
};

/** The topic whose changes a reader of this key waits for. */
export const keyTopic = (key: string): string => `kv:${key}`;

/** Makes an empty key space; every write touches the key's topic. */
export function createKeyValue(changes: Changes): KeyValue {
  const entries = new Map<string, Entry>();
  const matching = (key: string, recurse: boolean) =>
    [...entries.values()]
      .filter((entry) => (recurse ? entry.Key.startsWith(key) : entry.Key === key))
      .toSorted((one, other) => (one.Key < other.Key ? -1 : 1));
  const isCurrent = (key: string, cas: number | undefined) =>
    cas === undefined || cas === (entries.get(key)?.ModifyIndex ?? 0);

  return {
    read: (key, { recurse }) => matching(key, recurse),
    put(key, value, { cas, flags = 0 }) {
      if (!isCurrent(key, cas)) return false;
      const before = entries.get(key);
      const Value = value.length === 0 ? null : value.toString('base64');
      if (before && before.Value === Value && before.Flags === flags) return true;
      const index = changes.touch(keyTopic(key));
      entries.set(key, {
        LockIndex: 0,
        Key: key,
        Flags: flags,
        Value,
        CreateIndex: before?.CreateIndex ?? index,
        ModifyIndex: index,
      });
      return true;
    },
    remove(key, { cas, recurse }) {
      if (cas !== undefined && cas !== 0 && entries.has(key) && !isCurrent(key, cas)) return false;
      const doomed = matching(key, recurse).map((entry) => entry.Key);
      for (const name of doomed) entries.delete(name);
      if (doomed.length > 0) changes.touch(...doomed.map(keyTopic));
      return true;
    },
  };
}
