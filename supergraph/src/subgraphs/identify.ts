import { type Caller, callerKey } from '@storefront/platform/identity/caller.ts';

/** All that a subgraph may hear of a caller, as one text: equal texts, equal answers. */
export type Identify = (caller: Caller) => string;

/** Creates the function; it remembers a text for as long as there is the caller. */
export function createIdentify(): Identify {
  const known = new WeakMap<Caller, string>();
  return (caller) => {
    let identity = known.get(caller);
    if (identity === undefined) {
      identity = callerKey(caller);
      known.set(caller, identity);
    }
    return identity;
  };
}
