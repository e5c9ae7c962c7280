import { readFileSync } from 'node:fs';

/** One package of package-lock.json, as far as it matters here. Workspaces are not among them. */
export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  /** What `npm ci` compares the package with. */
  readonly integrity?: string;
  readonly resolved?: string;
  readonly hasInstallScript?: boolean;
  /** True when only development needs it: it is not in what ships. */
  readonly dev?: boolean;
}

/** Reads all that is locked, by name; what several packages have of their own stands there several times. */
export function readLock(file = 'package-lock.json'): readonly LockedPackage[] {
  const { packages } = JSON.parse(readFileSync(file, 'utf8')) as {
    packages: Record<string, Omit<LockedPackage, 'name'> & { readonly name?: string; readonly link?: boolean }>;
  };
  return Object.entries(packages)
    .filter(([path, { link }]) => path.includes('node_modules/') && !link)
    .map(([path, entry]) => ({ ...entry, name: entry.name ?? path.split('node_modules/').at(-1) ?? '' }))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
}
