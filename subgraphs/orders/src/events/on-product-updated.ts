import { productUpdated } from '@storefront/schema/events/product-updated.ts';
import type { Reaction } from './reaction.ts';

/** A product has changed, its price perhaps: no replica takes the price that it knows for the right one any more. */
export const onProductUpdated: Reaction = {
  type: productUpdated.type,
  async handle({ prices }, event) {
    await prices.changed(productUpdated.parse(event).data.productId);
  },
};
