import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import { dateTimeScalar, safeIntScalar } from '@storefront/platform/graphql/scalars.ts';
import { toMoney } from '@storefront/schema/money.ts';
import type { Product } from '../domain/product.ts';
import { createProduct } from '../use-cases/create-product.ts';
import { deleteProduct } from '../use-cases/delete-product.ts';
import { updateProduct } from '../use-cases/update-product.ts';
import type { Context } from './context.ts';
import type { QueryProductArgs, Resolvers } from './generated-types.ts';
import { connectProducts } from './product-connection.ts';

/** The resolvers of schema/products.graphql. */
export const resolvers: Resolvers = {
  DateTime: dateTimeScalar,
  SafeInt: safeIntScalar,
  Query: {
    product: async (_root, args, context) => inCatalogue(await findProduct(args, context)),
    products: (_root, args, { products }) => connectProducts(products, args),
  },
  Mutation: {
    createProduct: (_root, { input }, context) => settle(context, createProduct(context, input)),
    updateProduct: (_root, { input }, context) => settle(context, updateProduct(context, input)),
    deleteProduct: (_root, { id }, context) => settle(context, deleteProduct(context, id)),
  },
  Product: {
    __resolveReference: (reference, { loaders }) =>
      'id' in reference ? loaders.productById.load(reference.id) : loaders.productBySku.load(reference.sku),
    price: ({ price }) => toMoney(price),
    stock: ({ id }, _args, { loaders }) => loadStock(id, loaders),
  },
  Stock: { inStock: ({ available }) => available > 0 },
};

async function findProduct({ id, sku }: QueryProductArgs, { loaders }: Context): Promise<Product | null> {
  if (id != null && sku == null) return loaders.productById.load(id);
  if (sku != null && id == null) return loaders.productBySku.load(sku);
  throw new CodedError('BAD_USER_INPUT', 'Give either `id` or `sku`, and not both.');
}

function inCatalogue(product: Product | null): Product | null {
  return product?.withdrawnAt === null ? product : null;
}

async function loadStock(productId: string, { stockByProduct }: Context['loaders']) {
  const stock = await stockByProduct.load(productId);
  if (stock) return stock;
  throw new Error(`product ${productId} has no stock row`);
}

/**
 * Names the outcome's type for the union, and forgets what was read before it: the mutations of one operation follow each
 * other, and each one's selection must show what it did.
 */
async function settle<Outcome extends { readonly kind: string }>(
  { loaders }: Context,
  outcome: Promise<Outcome>,
): Promise<Outcome> {
  const settled = await outcome;
  loaders.clear();
  return { ...settled, __typename: settled.kind };
}
