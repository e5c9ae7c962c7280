import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigError } from '@storefront/platform/config/config.ts';
import { documentedPorts, entryOf, serviceNames } from '@storefront/stack/src/services.ts';

type Environment = Record<string, string | undefined>;

/** A service as those who deploy it know it. */
export interface DeployedService {
  /** Its documented port. */
  readonly port: number;
  /** Reads its configuration. @throws ConfigError */
  readonly read: (environment: Environment) => unknown;
}

/** Every service of the launcher's table, with the reader that its config.ts exports (`read...Config`). */
export async function readServices(): Promise<Readonly<Record<string, DeployedService>>> {
  const entries = serviceNames.map(async (name) => {
    const file = pathToFileURL(join(entryOf(name), '../config.ts')).href;
    const exported = Object.entries((await import(file)) as Record<string, DeployedService['read']>);
    const read = exported.find(([key]) => /^read\w+Config$/.test(key))?.[1];
    if (!read) throw new Error(`${file} exports no read...Config`);
    return [name, { port: documentedPorts[name], read }] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** The variables that a service says are missing when it is given only these; NAME_FILE counts as NAME. */
export function missingVariables(read: DeployedService['read'], given: Environment): string[] {
  const names = new Set(Object.keys(given).map((name) => name.replace(/_FILE$/, '')));
  try {
    read({});
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.faults.map((fault) => /[A-Z][A-Z_]+/.exec(fault)?.[0] ?? fault).filter((name) => !names.has(name));
  }
}
