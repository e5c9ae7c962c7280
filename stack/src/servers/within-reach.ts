import { cpSync, lstatSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** True when every user may pass through the folders that lead to `path`. */
export function isOpenToAll(path: string): boolean {
  for (let folder = path; ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

/**
 * The folder itself, or a copy of it that another user can reach, when root has a folder that others may not enter. Programs
 * of Postgres look for each other with access(2), which no capability helps: so the clone in /root needs the copy.
 * It is made once for each `version`, below the system's folder for temporary files, and belongs to root.
 */
export function placeWithinReach(folder: string, version: string): string {
  if (process.getuid?.() !== 0 || isOpenToAll(folder)) return folder;
  const copy = join(tmpdir(), `storefront-${basename(folder)}-${version}`);
  if (isOurs(copy)) return copy;
  const unfinished = mkdtempSync(`${copy}-`);
  cpSync(folder, join(unfinished, 'copy'), { recursive: true, verbatimSymlinks: true });
  rmSync(copy, { recursive: true, force: true });
  renameSync(join(unfinished, 'copy'), copy);
  rmSync(unfinished, { recursive: true, force: true });
  return copy;
}

/** Nobody else may have put programs there for root's stack to run. */
function isOurs(folder: string): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  return found !== undefined && found.isDirectory() && found.uid === 0 && (found.mode & 0o022) === 0;
}
