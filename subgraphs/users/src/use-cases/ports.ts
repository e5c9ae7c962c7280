import type { DomainEvent } from '@storefront/schema/events/event.ts';
import type { NewUser, User } from '../domain/user.ts';
import type { Notice } from '../domain/notification.ts';

/** Tells the time, UTC. */
export interface Clock {
  now(): Date;
}

/** Makes ids for events: a UUIDv7 each. */
export type NewEventId = () => string;

/** The accounts. Ids that name nobody are answered with null, never with an error. */
export interface Users {
  byId(id: string): Promise<User | null>;
  /** Whatever the case of the letters. */
  byEmail(email: string): Promise<User | null>;
  insert(user: NewUser): Promise<User | 'email-taken'>;
  /** Changes one account while nobody else does; null when there is none. */
  change(id: string, change: (user: User) => User): Promise<User | 'email-taken' | null>;
  /** Removes the account, its notifications, and leaves `events` for the others, all or nothing. False when there is none. */
  remove(id: string, events: readonly DomainEvent[]): Promise<boolean>;
}

/** The messages for users, and the points that come with them. */
export interface Notices {
  /** Stores a message once per event and user; says when the event was known, or when nobody has this id (any more). */
  store(notice: Notice): Promise<'stored' | 'known' | 'no-such-user'>;
}

/** Password hashing with bounded concurrency. */
export interface Passwords {
  hash(password: string): Promise<string>;
  /** Takes as long without a hash as with one, and says false then. */
  verify(hash: string | null, password: string): Promise<boolean>;
}

/** Whose session it is, and since which password. */
export interface SessionOwner {
  readonly userId: string;
  readonly epoch: number;
}

/** Sessions: families of refresh tokens that follow each other. A session lives for a fixed time from its sign-in. */
export interface Sessions {
  /** Starts a session; answers its first refresh token. */
  open(owner: SessionOwner): Promise<string>;
  /** Changes a refresh token for its successor. A token that comes twice ends the session. */
  rotate(refreshToken: string): Promise<(SessionOwner & { refreshToken: string }) | 'unknown' | 'reused'>;
  /** Ends the session of this token; false when there is none. */
  end(refreshToken: string): Promise<boolean>;
  /** Ends every session of a user. */
  endAllOf(userId: string): Promise<void>;
}

/** Counts sign-ins that fail. */
export interface SignInThrottle {
  /** Counts an attempt before its outcome is known, so that many at once cannot slip through. */
  enter(attempt: SignInAttempt): Promise<{ admitted: true } | { admitted: false; retryAfterSeconds: number }>;
  /** The attempt was right: forgets the account's failures and this attempt of the address. */
  succeeded(attempt: SignInAttempt): Promise<void>;
}

/** Who tries to sign in: `id` names this attempt, `address` is the client's, null when it is not known. */
export interface SignInAttempt {
  readonly id: string;
  readonly email: string;
  readonly address: string | null;
}

/** Issues access tokens. */
export interface AccessTokens {
  issue(user: Pick<User, 'id' | 'role'>): Promise<{ accessToken: string; expiresInSeconds: number }>;
}
