import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import { chain, type Permissions, rule } from '@storefront/platform/graphql/shield.ts';
import { mayOrderFor, maySeeOrdersOf } from './access.ts';
import type { Context } from './context.ts';
import type { MutationCreateOrderArgs } from './generated-types.ts';
import type { OrderShape, UserReference } from './shapes.ts';

const isSignedIn = rule()((_parent: unknown, _args: unknown, { caller }: Context) =>
  caller.kind === 'user' ? true : new CodedError('UNAUTHENTICATED', 'Sign in first'),
);

const buysForThemselves = rule()((_parent: unknown, { input }: MutationCreateOrderArgs, { caller }: Context) =>
  input.userId == null ? true : mayOrderFor(caller, input.userId),
);

const isBuyer = rule()((order: OrderShape, _args: unknown, { caller }: Context) =>
  maySeeOrdersOf(caller, order.buyerId),
);

const isThemselves = rule()((user: UserReference, _args: unknown, { caller }: Context) =>
  maySeeOrdersOf(caller, user.id),
);

const isInAudience = rule()(
  (_event: unknown, _args: unknown, { caller, event }: Context) =>
    maySeeOrdersOf(caller, null) || (event?.event.audience.some((userId) => maySeeOrdersOf(caller, userId)) ?? false),
);

/**
 * Who may see and do what. The rules on `Order` and `OrderEvent` hold for every way to them, `_entities` and events too.
 * A line or a history entry is reached through its order only.
 */
export const permissions: Permissions = {
  Query: { order: isSignedIn, orders: isSignedIn },
  Mutation: { createOrder: chain(isSignedIn, buysForThemselves), cancelOrder: isSignedIn },
  Subscription: { orderCreated: isSignedIn, orderUpdated: isSignedIn },
  Order: isBuyer,
  OrderEvent: isInAudience,
  User: { orders: isThemselves },
};
