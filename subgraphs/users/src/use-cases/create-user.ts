import { type User, openAccount } from '../domain/user.ts';
import { type Fault, readEmail, readName, readPassword } from '../domain/user-input.ts';
import type { Clock, Passwords, Users } from './ports.ts';

/** What a new account needs. Without a password nobody can sign in to it. */
export interface CreateUser {
  readonly name: string;
  readonly email: string;
  readonly password?: string | null | undefined;
}

/** What became of it. */
export type CreateUserOutcome =
  | { readonly outcome: 'created'; readonly user: User }
  | { readonly outcome: 'invalid'; readonly fault: Fault }
  | { readonly outcome: 'email-taken' };

interface Deps {
  users: Pick<Users, 'insert'>;
  passwords: Pick<Passwords, 'hash'>;
  clock: Clock;
}

/** Opens an account for a customer. Says the first thing that is wrong with the input. */
export async function createUser({ users, passwords, clock }: Deps, input: CreateUser): Promise<CreateUserOutcome> {
  const name = readName(input.name);
  if ('fault' in name) return { outcome: 'invalid', fault: name.fault };
  const email = readEmail(input.email);
  if ('fault' in email) return { outcome: 'invalid', fault: email.fault };
  const password = input.password == null ? { value: null } : readPassword(input.password);
  if ('fault' in password) return { outcome: 'invalid', fault: password.fault };

  const passwordHash = password.value === null ? null : await passwords.hash(password.value);
  const user = await users.insert(openAccount({ name: name.value, email: email.value, passwordHash }, clock.now()));
  return user === 'email-taken' ? { outcome: 'email-taken' } : { outcome: 'created', user };
}
