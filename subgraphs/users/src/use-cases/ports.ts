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
  /**
   * Changes one account while nobody else does, and leaves what `tell` says for the others, all or nothing; null when there is no
   * such account.
   */
  change(
    id: string,
    change: (user: User) => User,
    tell?: (before: User, after: User) => readonly DomainEvent[],
  ): Promise<User | 'email-taken' | null>;
  /** Removes the account, its notifications, and leaves `events` for the others, all or nothing. False when there is none. */
  remove(id: string, events: readonly DomainEvent[]): Promise<boolean>;
}

/** A notice for somebody who had an account when it happened. */
export type UsersNotice = Notice & { readonly userId: string };

/** The messages for users, and the points that come with them. */
export interface Notices {
  /** Stores a message once per event and user; says when the event was known, or when nobody has this id (any more). */
  store(notice: UsersNotice): Promise<'stored' | 'known' | 'no-such-user'>;
  /** Stores the messages of several events like `store`, all or none. */
  storeAll(notices: readonly UsersNotice[]): Promise<void>;
}

/** A notification that is to be mailed. `id` is the notification's. */
export interface Mail {
  readonly id: string;
  readonly eventId: string;
  readonly type: string;
  readonly to: { readonly name: string; readonly address: string };
  readonly text: string;
  /** How often it was tried before. */
  readonly attempts: number;
}

/** The mails that wait. */
export interface MailQueue {
  /** Takes up to `limit` mails that are due, for a minute: what is not settled by then is due again. */
  claim(limit: number): Promise<Mail[]>;
  /** Writes down what became of a mail. `retryAfterMs`: it is due again after so long. */
  settle(id: string, outcome: 'sent' | 'failed' | { readonly retryAfterMs: number }): Promise<void>;
}

/** Hands mails over to a mail server. */
export interface Postman {
  /** `refused`: the server will never take it; `away`: it may later. Does not throw. */
  deliver(mail: Mail): Promise<'delivered' | 'refused' | 'away'>;
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

/** A session that goes on, as its owner sees it. */
export interface OpenSession {
  readonly id: string;
  readonly openedAt: Date;
  /** When it last got new tokens. */
  readonly usedAt: Date;
  readonly endsAt: Date;
  /** What signed in, as it named itself. */
  readonly clientName: string | null;
}

/** A session that is over. */
export interface EndedSession {
  readonly userId: string;
  readonly sessionId: string;
}

/** Sessions: families of refresh tokens that follow each other. A session lives for a fixed time from its sign-in. */
export interface Sessions {
  /** Starts a session; answers its id and its first refresh token. */
  open(
    owner: SessionOwner,
    client?: { readonly clientName: string | null },
  ): Promise<{ sessionId: string; refreshToken: string }>;
  /** Those that go on, the one that was used last first, at most 100. */
  openOf(owner: SessionOwner): Promise<readonly OpenSession[]>;
  /** Changes a refresh token for its successor. A token that comes twice ends the session. */
  rotate(
    refreshToken: string,
  ): Promise<
    (SessionOwner & { sessionId: string; refreshToken: string }) | 'unknown' | { readonly reused: EndedSession }
  >;
  /** Ends the session of this token; null when there is none. */
  end(refreshToken: string): Promise<EndedSession | null>;
  /** Ends the session with this id when it is the user's; null when there is none. */
  endById(userId: string, sessionId: string): Promise<EndedSession | null>;
  /** Ends every session of a user; answers which there were. */
  endAllOf(userId: string): Promise<readonly EndedSession[]>;
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

/** Tells the other services what happened here: for certain, but maybe a moment later. */
export interface Announcer {
  announce(events: readonly DomainEvent[]): Promise<void>;
}

/** Issues access tokens. */
export interface AccessTokens {
  issue(user: Pick<User, 'id' | 'role'>, sessionId: string): Promise<{ accessToken: string; expiresInSeconds: number }>;
}
