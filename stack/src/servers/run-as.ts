import { StackFault } from '../fault.ts';
import { findOnPath } from './programs.ts';
import { isOpenToAll } from './within-reach.ts';

/** How to run a program that refuses to run as root: as whom, and through what. */
export type Runner = { readonly user?: number; readonly through?: readonly string[] };

const nobody = 65_534;

/**
 * Postgres refuses to run as root, so root runs it as `nobody`. When nobody may not pass through the folders that lead to
 * `paths` (a clone in /root), `setpriv` gives it the one capability it needs for that and no other.
 * @throws StackFault when that is not possible here
 */
export function unprivilegedRunner(paths: readonly string[]): Runner {
  if (process.getuid?.() !== 0) return {};
  const closed = paths.find((path) => !isOpenToAll(path));
  if (closed === undefined) return { user: nobody };
  const setpriv = findOnPath('setpriv');
  if (setpriv === null)
    throw new StackFault(
      `Postgres cannot run as root, and other users may not enter ${closed}. Move the clone to a folder that all may enter, work as another user, or set DATABASE_URL.`,
    );
  const capability = '+dac_override,+dac_read_search';
  return {
    user: nobody,
    through: [
      setpriv,
      '--reuid',
      String(nobody),
      '--regid',
      String(nobody),
      '--clear-groups',
      '--inh-caps',
      capability,
      '--ambient-caps',
      capability,
    ],
  };
}

/** The command that runs the program this way. */
export function runAs(
  { user, through }: Runner,
  program: string,
  parameters: readonly string[],
): { program: string; parameters: readonly string[]; user?: number } {
  const [first, ...rest] = through ?? [];
  if (first !== undefined) return { program: first, parameters: [...rest, program, ...parameters] };
  return { program, parameters, ...(user === undefined ? {} : { user }) };
}
