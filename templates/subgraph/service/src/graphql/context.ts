import type { Caller } from '@storefront/platform/identity/caller.ts';
import type { Clock, Reviews } from '../use-cases/ports.ts';
import type { Loaders } from './loaders.ts';

/** What every resolver gets, made anew for each request. It is also the `deps` of the use cases. */
export interface Context {
  readonly caller: Caller;
  readonly reviews: Reviews;
  readonly loaders: Loaders;
  readonly clock: Clock;
}
