import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import { dateTimeScalar, safeIntScalar } from '@storefront/platform/graphql/scalars.ts';
import { toMoney } from '@storefront/schema/money.ts';
import { MAX_QUANTITY } from '../domain/request.ts';
import { estimateShipping } from '../domain/shipping.ts';
import { listOrders } from '../storage/order-queries.ts';
import { maySeeOrdersOf, userIdOf } from './access.ts';
import type { Context } from './context.ts';
import type {
  OrderLineResolvers,
  OrderResolvers,
  ProductResolvers,
  QueryResolvers,
  Resolvers,
} from './generated-types.ts';
import { mutations } from './mutations.ts';
import { orderConnection } from './pages.ts';
import type { OrderEventShape } from './shapes.ts';

const queries: QueryResolvers = {
  async order(_parent, { id }, { caller, loaders }) {
    const order = await loaders.order.load(id);
    return order !== null && maySeeOrdersOf(caller, order.buyerId) ? order : null;
  },
  orders: (_parent, args, { caller, fork }) => {
    const buyerId = maySeeOrdersOf(caller, null) ? null : userIdOf(caller);
    return orderConnection(args, (slice) => listOrders(fork(), buyerId, slice));
  },
};

const order: OrderResolvers = {
  __resolveReference: ({ id }, { loaders }) => loaders.order.load(id),
  buyer: ({ buyerId }) => (buyerId === null ? null : { id: buyerId }),
  async lines({ id, currency }, _args, { loaders }) {
    const lines = (await loaders.lines.load(id)) ?? [];
    return lines.map((line) => ({ ...line, currency }));
  },
  total: ({ totalMinor, currency }) => toMoney({ amountMinor: totalMinor, currency }),
  history: async ({ id }, _args, { loaders }) => (await loaders.history.load(id)) ?? [],
};

const orderLine: OrderLineResolvers = {
  product: ({ productId }) => ({ id: productId }),
  unitPrice: ({ unitPriceMinor, currency }) => toMoney({ amountMinor: unitPriceMinor, currency }),
  lineTotal: ({ unitPriceMinor, quantity, currency }) => toMoney({ amountMinor: unitPriceMinor * quantity, currency }),
};

const product: ProductResolvers = {
  __resolveReference: (reference) => reference,
  unitsSold: ({ id }, _args, { loaders }) => loaders.unitsSold.load(id),
  shippingEstimate({ weightGrams }, { quantity }) {
    if (quantity < 1 || quantity > MAX_QUANTITY) {
      throw new CodedError('BAD_USER_INPUT', `The quantity is a whole number from 1 to ${MAX_QUANTITY}.`);
    }
    return weightGrams === undefined ? null : toMoney(estimateShipping({ weightGrams, quantity }));
  },
};

/** A live field is executed once per event, so it only says what the event is; nothing subscribes here. */
const live = {
  subscribe: (): never => {
    throw new CodedError('BAD_USER_INPUT', 'Subscriptions are served by the gateway.');
  },
  resolve(_parent: unknown, _args: unknown, { event }: Context): OrderEventShape {
    if (event === undefined) throw new CodedError('BAD_USER_INPUT', 'A live field needs its event.');
    const { type, time, subject } = event.event;
    return { cursor: event.cursor, type, occurredAt: new Date(time), orderId: subject };
  },
};

/** How every field of the orders subgraph is answered. */
export const resolvers: Resolvers = {
  DateTime: dateTimeScalar,
  SafeInt: safeIntScalar,
  Query: queries,
  Mutation: mutations,
  Subscription: { orderCreated: live, orderUpdated: live },
  Order: order,
  OrderLine: orderLine,
  OrderEvent: {
    async order({ orderId }, _args, { loaders }) {
      const found = await loaders.order.load(orderId);
      if (found === null) throw new CodedError('NOT_FOUND', 'The order of this event does not exist.');
      return found;
    },
  },
  Product: product,
  User: {
    __resolveReference: ({ id }) => ({ id }),
    orders: ({ id }, args, { loaders }) => orderConnection(args, (slice) => loaders.ordersOfBuyer(slice).load(id)),
  },
};
