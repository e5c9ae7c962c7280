import type { Caller } from '@storefront/platform/identity/caller.ts';
import type { Announcer, Clock, ProductStore } from '../use-cases/ports.ts';
import type { Loaders } from './loaders.ts';

/** What every resolver gets, made anew for each request. It is also the `deps` of the use cases. */
export interface Context {
  readonly caller: Caller;
  readonly products: ProductStore;
  readonly loaders: Loaders;
  readonly clock: Clock;
  /** Announces as part of the request's trace. */
  readonly announce: Announcer;
  newSkuSuffix(): string;
}
