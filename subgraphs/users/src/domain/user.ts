import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { userDeleted } from '@storefront/schema/events/user-deleted.ts';
import { userUpdated } from '@storefront/schema/events/user-updated.ts';

/** What a user may do beyond what everybody may. */
export type Role = 'CUSTOMER' | 'ADMIN';

/** A person who buys. `id` is a bigint as text; times are UTC; without `passwordHash` nobody can sign in. */
export interface User {
  readonly id: string;
  readonly name: string;
  /** As it was typed, trimmed. Two accounts never have the same address in another case. */
  readonly email: string;
  readonly role: Role;
  readonly passwordHash: string | null;
  /** Counts the changes of password: a session that was opened under another epoch is over. */
  readonly sessionEpoch: number;
  readonly loyaltyPoints: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What an account starts with; its id comes with the row. */
export type NewUser = Omit<User, 'id'>;

/** What may change in an account. Undefined means: as it is. */
export interface UserChanges {
  readonly name?: string | undefined;
  readonly email?: string | undefined;
  readonly passwordHash?: string | undefined;
}

const adminScopes = [
  'users:read',
  'users:write',
  'products:write',
  'stock:read',
  'orders:read',
  'orders:write',
  'graph:explain',
] as const;

/** The scopes that an access token of this role carries. A customer needs none for what is his own. */
export function scopesOf(role: Role): readonly string[] {
  return role === 'ADMIN' ? adminScopes : [];
}

/** A new account without points and without sessions. */
export function openAccount(
  facts: { name: string; email: string; passwordHash: string | null; role?: Role },
  at: Date,
): NewUser {
  return { role: 'CUSTOMER', ...facts, sessionEpoch: 0, loyaltyPoints: 0, createdAt: at, updatedAt: at };
}

/** The account with its changes. A new password ends the sessions that were opened before. */
export function changeAccount(user: User, changes: UserChanges, at: Date): User {
  const isNewPassword = changes.passwordHash !== undefined;
  return {
    ...user,
    name: changes.name ?? user.name,
    email: changes.email ?? user.email,
    passwordHash: changes.passwordHash ?? user.passwordHash,
    sessionEpoch: user.sessionEpoch + (isNewPassword ? 1 : 0),
    updatedAt: at,
  };
}

/** What the others must hear of a change: nothing, unless there is another name or address. The event holds no personal data but the id. */
export function tellOfChange(before: User, after: User, facts: { eventId: string; at: Date }): readonly DomainEvent[] {
  if (before.name === after.name && before.email === after.email) return [];
  const { id: userId } = after;
  const { eventId: id, at: time } = facts;
  return [userUpdated.create({ id, source: 'users', subject: userId, time, audience: [userId], data: { userId } })];
}

/** What the other services must hear when an account goes away. The event holds no personal data but the id. */
export function closeAccount(userId: string, facts: { eventId: string; at: Date }): readonly DomainEvent[] {
  return [
    userDeleted.create({
      id: facts.eventId,
      source: 'users',
      subject: userId,
      time: facts.at,
      audience: [userId],
      data: { userId },
    }),
  ];
}
