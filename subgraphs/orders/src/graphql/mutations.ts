import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import { toMoney } from '@storefront/schema/money.ts';
import { isPlainText, MAX_REASON_LENGTH } from '../domain/request.ts';
import { cancelOrder } from '../use-cases/cancel-order.ts';
import { createOrder, type CreateOrderOutcome } from '../use-cases/create-order.ts';
import { mayOrderFor, userIdOf } from './access.ts';
import type { MutationResolvers, ResolversUnionTypes, ResolversTypes } from './generated-types.ts';

type Results = ResolversUnionTypes<ResolversTypes>;

/** The mutations: each reads its input, calls one use case and names the outcome. */
export const mutations: MutationResolvers = {
  async createOrder(_parent, { input }, context) {
    const callerId = userIdOf(context.caller);
    const outcome = await createOrder(context, {
      callerId,
      buyerId: input.userId ?? callerId,
      idempotencyKey: input.idempotencyKey ?? null,
      lines: input.lines.map(({ productId, quantity = 1, expectedUnitPrice }) => ({
        productId,
        quantity,
        ...(expectedUnitPrice ? { seenPrice: expectedUnitPrice } : {}),
      })),
      call: { traceparent: context.traceparent, signal: context.work.signal },
    });
    return toCreateOrderResult(outcome);
  },

  async cancelOrder(_parent, { id, reason }, context) {
    checkReason(reason ?? '');
    const mayCancel = (buyerId: string | null) => mayOrderFor(context.caller, buyerId);
    const outcome = await cancelOrder(context, { id, reason: reason ?? null, mayCancel });
    context.loaders.forget(id);
    switch (outcome.phase) {
      case 'changed':
        return { __typename: 'CancelOrderSuccess', order: outcome.order };
      case 'unknown':
        return { __typename: 'NotFound', message: 'There is no such order.', path: ['id'] };
      case 'not-allowed': {
        const message = `The order is ${outcome.status} and cannot be cancelled.`;
        return { __typename: 'OrderNotCancellable', message, path: ['id'], status: outcome.status };
      }
      default:
        return outcome satisfies never;
    }
  },
};

function toCreateOrderResult(outcome: CreateOrderOutcome): Results['CreateOrderResult'] {
  const keyPath = ['input', 'idempotencyKey'];
  switch (outcome.phase) {
    case 'created':
      return { __typename: 'CreateOrderSuccess', order: outcome.order };
    case 'invalid':
      return { __typename: 'InvalidInput', message: outcome.fault.message, path: [...outcome.fault.path] };
    case 'product-unavailable': {
      const message = 'This product does not exist or is not for sale any more.';
      return { __typename: 'ProductUnavailable', message, path: ['input', 'lines'], productId: outcome.productId };
    }
    case 'price-changed': {
      const { productId, price } = outcome;
      const message = `The price is ${toMoney(price).formatted} now. Nothing was ordered.`;
      return { __typename: 'PriceChanged', message, path: ['input', 'lines'], productId, unitPrice: toMoney(price) };
    }
    case 'catalogue-unavailable': {
      const message = 'Prices cannot be had at the moment. Nothing was ordered; try again.';
      return { __typename: 'CatalogueUnavailable', message, path: null };
    }
    case 'key-reused': {
      const message = 'This idempotency key was used before, for another order.';
      return { __typename: 'IdempotencyKeyReused', message, path: keyPath };
    }
    case 'key-in-flight': {
      const message = 'The first request with this idempotency key is still at work. Try again in a moment.';
      return { __typename: 'IdempotencyKeyInFlight', message, path: keyPath };
    }
    default:
      return outcome satisfies never;
  }
}

/** The result has no member for a bad reason, so it is a fault of the request. */
function checkReason(reason: string): void {
  if (reason.length <= MAX_REASON_LENGTH && isPlainText(reason)) return;
  throw new CodedError('BAD_USER_INPUT', `A reason has at most ${MAX_REASON_LENGTH} characters, in one line.`);
}
