import { changeAccount, tellOfChange, type User } from '../domain/user.ts';
import { type Fault, type Reading, readEmail, readName, readPassword } from '../domain/user-input.ts';
import { announceEnded, type AnnounceEndedDeps } from './announce-ended.ts';
import type { Passwords, Sessions, Users } from './ports.ts';

/** What to change in an account. What is null or missing stays. */
export interface UpdateUser {
  readonly id: string;
  readonly name?: string | null | undefined;
  readonly email?: string | null | undefined;
  readonly password?: string | null | undefined;
}

/** What became of it. */
export type UpdateUserOutcome =
  | { readonly outcome: 'updated'; readonly user: User }
  | { readonly outcome: 'invalid'; readonly fault: Fault }
  | { readonly outcome: 'email-taken' }
  | { readonly outcome: 'not-found' };

interface Deps extends AnnounceEndedDeps {
  users: Pick<Users, 'change'>;
  passwords: Pick<Passwords, 'hash'>;
  sessions: Pick<Sessions, 'endAllOf'>;
}

/** Changes an account. A new password ends all its sessions: with the row's epoch at once, then in the session store. */
export async function updateUser(deps: Deps, input: UpdateUser): Promise<UpdateUserOutcome> {
  const name = readOptional(readName, input.name);
  if ('fault' in name) return { outcome: 'invalid', fault: name.fault };
  const email = readOptional(readEmail, input.email);
  if ('fault' in email) return { outcome: 'invalid', fault: email.fault };
  const password = readOptional(readPassword, input.password);
  if ('fault' in password) return { outcome: 'invalid', fault: password.fault };

  const passwordHash = password.value === undefined ? undefined : await deps.passwords.hash(password.value);
  const changes = { name: name.value, email: email.value, passwordHash };
  const at = deps.clock.now();
  const user = await deps.users.change(
    input.id,
    (current) => changeAccount(current, changes, at),
    (before, after) => tellOfChange(before, after, { eventId: deps.newEventId(), at }),
  );
  if (user === null) return { outcome: 'not-found' };
  if (user === 'email-taken') return { outcome: 'email-taken' };
  if (passwordHash !== undefined) await announceEnded(deps, await deps.sessions.endAllOf(user.id));
  return { outcome: 'updated', user };
}

function readOptional(
  read: (text: string) => Reading<string>,
  text: string | null | undefined,
): Reading<string | undefined> {
  return text == null ? { value: undefined } : read(text);
}
