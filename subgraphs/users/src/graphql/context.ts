import type { Caller } from '@storefront/platform/identity/caller.ts';
import type { UserStore } from '../storage/user-store.ts';
import type {
  AccessTokens,
  Announcer,
  Clock,
  NewEventId,
  Passwords,
  Sessions,
  SignInThrottle,
} from '../use-cases/ports.ts';
import type { Loaders } from './loaders.ts';

/** What the use cases work with: one for the life of the service. */
export interface Deps {
  readonly users: UserStore;
  readonly passwords: Passwords;
  readonly sessions: Sessions;
  readonly throttle: SignInThrottle;
  readonly accessTokens: AccessTokens;
  readonly announcer: Announcer;
  readonly clock: Clock;
  readonly newEventId: NewEventId;
}

/** What the resolvers of one request see. */
export interface Context {
  readonly caller: Caller;
  /** The client's address, as the gateway tells it; null when it does not. */
  readonly clientAddress: string | null;
  readonly deps: Deps;
  readonly loaders: Loaders;
}
