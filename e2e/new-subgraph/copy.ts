import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A copy of the repository as it is now, to try out what changes it. */
export interface RepositoryCopy {
  readonly root: string;
  remove(): void;
}

/** Copies every file that git knows or would take. Packages are those of the repository; its own workspaces are the copy's. */
export function copyRepository(): RepositoryCopy {
  const root = mkdtempSync(join(tmpdir(), 'storefront-copy-'));
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' });
  const files = listed.trim().split('\n').filter(existsSync);
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    cpSync(file, join(root, file), { preserveTimestamps: true });
  }
  const workspaces = files.filter((file) => file.endsWith('/package.json')).map(dirname);
  for (const folder of ['.', ...workspaces]) linkPackages(root, folder);
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) };
}

/** A folder of links, one for each package, so that the copy can have links of its own among them. */
function linkPackages(root: string, folder: string): void {
  const from = join(process.cwd(), folder, 'node_modules');
  if (!existsSync(from)) return;
  const to = join(root, folder, 'node_modules');
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    if (name === '@storefront') cpSync(join(from, name), join(to, name), { recursive: true, verbatimSymlinks: true });
    else if (name === '.package-lock.json') cpSync(join(from, name), join(to, name)); // its age says that all is installed
    else symlinkSync(join(from, name), join(to, name));
  }
}
