import { z } from 'zod';
import { toMajor, toMinor } from './prices.ts';
import { problemOfOutcome } from './problems.ts';
import type { UserErrorOutcome } from './problems.ts';
import { answerList, defineRoute } from './route.ts';
import type { Connection, Route } from './route.ts';
import { idInput } from './schemas.ts';
import type { orderSchema } from './schemas.ts';

interface Amount {
  readonly amountMinor: number;
  readonly currency: string;
}

interface Order {
  readonly id: string;
  readonly status: z.infer<typeof orderSchema>['status'];
  readonly rejectionReason: string | null;
  readonly buyer: { readonly id: string } | null;
  readonly lines: readonly {
    readonly product: { readonly id: string } | null;
    readonly described: { readonly name: string } | null;
    readonly quantity: number;
    readonly unitPrice: Amount;
    readonly lineTotal: Amount;
  }[];
  readonly total: Amount;
  readonly placedAt: string;
}

type OrderOutcome =
  | { readonly __typename: 'CreateOrderSuccess' | 'CancelOrderSuccess'; readonly order: Order }
  | UserErrorOutcome;

const quantity = z.int().default(1);
const expectedUnitPrice = z.number().nonnegative().optional().meta({
  description: 'The price that the buyer saw. When it is another one now, nothing is ordered: 409 PRICE_CHANGED.',
});
const currency = z.string().length(3).default('EUR').meta({ description: 'Of the expected price.' });
const newLine = { quantity, expectedUnitPrice, currency };
const newOrder = z
  .object({
    userId: idInput.optional().meta({ description: 'Who buys; the caller when it is left out.' }),
    productId: idInput.optional().meta({ description: 'For an order of one line. Either this or lines.' }),
    ...newLine,
    lines: z.array(z.object({ productId: idInput, ...newLine })).optional(),
  })
  .refine((body) => (body.productId === undefined) !== (body.lines === undefined), {
    path: ['productId'],
    error: 'give either productId or lines',
  });
const cancellation = z.object({ reason: z.string().max(500).optional() }).default({});

/** Orders by their old addresses. */
export const orderRoutes: readonly Route[] = [
  defineRoute<z.infer<typeof newOrder>, { createOrder: OrderOutcome }>({
    method: 'POST',
    path: '/orders',
    operation: 'create-order',
    tag: 'Orders',
    summary: 'Place an order',
    access: 'signed in',
    body: newOrder,
    headers: ['idempotency-key'],
    success: { status: 201, schema: 'Order' },
    problems: [409],
    variables({ body: { userId, lines, ...line }, idempotencyKey }) {
      const key = idempotencyKey === undefined ? {} : { idempotencyKey };
      return {
        input: {
          ...(userId === undefined ? {} : { userId }),
          ...key,
          lines: (lines ?? [line]).map(toLineInput),
        },
      };
    },
    answer({ createOrder }) {
      if (!('order' in createOrder)) return problemOfOutcome(createOrder);
      const { order } = createOrder;
      return { status: 201, body: toOrderJson(order), headers: { location: `/api/v1/orders/${order.id}` } };
    },
  }),
  defineRoute<undefined, { order: Order | null }>({
    method: 'GET',
    path: '/orders/:id',
    operation: 'get-order',
    tag: 'Orders',
    summary: 'Read an order',
    access: 'signed in',
    success: { status: 200, schema: 'Order' },
    problems: [404],
    variables: ({ params }) => ({ id: params['id'] }),
    answer: ({ order }) => (order ? { status: 200, body: toOrderJson(order) } : undefined),
  }),
  defineRoute<undefined, { user: { orders: Connection<Order> | null } | null }>({
    method: 'GET',
    path: '/orders/user/:userId',
    operation: 'list-orders-of-user',
    tag: 'Orders',
    summary: "List a user's orders, newest first",
    access: 'signed in',
    isList: true,
    success: { status: 200, schema: 'OrderList' },
    problems: [404],
    variables: ({ params, page }) => ({ userId: params['userId'], ...page }),
    answer: ({ user }) => (user?.orders ? answerList(user.orders, toOrderJson) : undefined),
  }),
  defineRoute<z.infer<typeof cancellation>, { cancelOrder: OrderOutcome }>({
    method: 'POST',
    path: '/orders/:id/cancel',
    operation: 'cancel-order',
    tag: 'Orders',
    summary: 'Cancel an order that is not finished',
    access: 'signed in',
    body: cancellation,
    success: { status: 200, schema: 'Order' },
    problems: [404, 409],
    variables: ({ params, body }) => ({ id: params['id'], ...body }),
    answer: ({ cancelOrder }) =>
      'order' in cancelOrder ? { status: 200, body: toOrderJson(cancelOrder.order) } : problemOfOutcome(cancelOrder),
  }),
];

function toLineInput(line: z.infer<z.ZodObject<typeof newLine>> & { readonly productId?: string | undefined }) {
  const { productId, quantity: count, expectedUnitPrice: price, currency: code } = line;
  const seen = price === undefined ? {} : { expectedUnitPrice: { amountMinor: toMinor(price, code), currency: code } };
  return { productId, quantity: count, ...seen };
}

function toOrderJson({
  id,
  status,
  rejectionReason,
  buyer,
  lines,
  total,
  placedAt,
}: Order): z.infer<typeof orderSchema> {
  return {
    id: Number(id),
    userId: buyer ? Number(buyer.id) : null,
    status,
    ...(rejectionReason ? { rejectionReason } : {}),
    lines: lines.map((line) => ({
      productId: line.product ? Number(line.product.id) : null,
      name: line.described?.name ?? null,
      quantity: line.quantity,
      unitPrice: toMajor(line.unitPrice),
      lineTotal: toMajor(line.lineTotal),
    })),
    total: toMajor(total),
    currency: total.currency,
    placedAt,
  };
}
