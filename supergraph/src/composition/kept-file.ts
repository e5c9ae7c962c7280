import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeFault } from '@storefront/platform/errors/coded-error.ts';
import type { Log } from '@storefront/platform/log/log.ts';

/** A file of JSON that the next start begins with. */
export interface KeptFile {
  /** What it holds; undefined when it is not there or cannot be read. */
  read(): Promise<unknown>;
  /** Replaces it in one step, so that a crash leaves the old one or the new one, for its owner alone. A fault is logged. */
  write(value: unknown): Promise<void>;
}

/** Opens a file in a folder, which is made when it is not there. Without a folder nothing is kept. */
export function openKeptFile(
  { folder, log }: { readonly folder: string | null; readonly log: Pick<Log, 'warn'> },
  name: string,
): KeptFile {
  if (folder === null) return { read: async () => undefined, write: async () => undefined };
  const path = join(folder, name);
  const fresh = `${path}.${process.pid}`;
  let writing: Promise<void> = Promise.resolve();
  const replace = async (text: string) => {
    try {
      await mkdir(folder, { recursive: true });
      await writeFile(fresh, text, { mode: 0o600 });
      await rename(fresh, path);
    } catch (fault) {
      log.warn({ fault: describeFault(fault), path }, 'what is good cannot be kept for the next start');
      await rm(fresh, { force: true });
    }
  };
  return {
    async read() {
      try {
        return JSON.parse(await readFile(path, 'utf8'));
      } catch {
        return undefined;
      }
    },
    write(value) {
      const text = JSON.stringify(value);
      writing = writing.then(() => replace(text));
      return writing;
    },
  };
}
