import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import type { z } from 'zod';
import { entityTag, matchesTag, readExpectedVersion } from './entity-tags.ts';
import { problemOfOutcome } from './problems.ts';
import type { UserErrorOutcome } from './problems.ts';
import { answerProduct, newProduct, productChange, toMoneyInput, toProductJson } from './product-json.ts';
import type { Product, ProductOutcome } from './product-json.ts';
import { answerList, defineRoute } from './route.ts';
import type { Connection, Route } from './route.ts';

/** Products by their old addresses, with conditional reads and writes. */
export const productRoutes: readonly Route[] = [
  defineRoute<undefined, { products: Connection<Product> | null }>({
    method: 'GET',
    path: '/products',
    operation: 'list-products',
    tag: 'Products',
    summary: 'List the products',
    access: 'anybody',
    isList: true,
    success: { status: 200, schema: 'ProductList' },
    problems: [],
    variables: ({ page }) => ({ ...page }),
    answer: ({ products }) => (products ? answerList(products, toProductJson) : undefined),
  }),
  defineRoute<z.infer<typeof newProduct>, { createProduct: ProductOutcome }>({
    method: 'POST',
    path: '/products',
    operation: 'create-product',
    tag: 'Products',
    summary: 'Add a product',
    access: 'admin',
    body: newProduct,
    success: { status: 201, schema: 'Product' },
    problems: [409],
    variables({ body }) {
      const { price: _major, priceMinor: _minor, currency: _currency, stock: initialStock, ...rest } = body;
      return { input: { ...rest, price: toMoneyInput(body), ...(initialStock === undefined ? {} : { initialStock }) } };
    },
    answer: ({ createProduct }) => answerProduct(createProduct, 201),
  }),
  defineRoute<undefined, { product: Product | null }>({
    method: 'GET',
    path: '/products/:id',
    operation: 'get-product',
    tag: 'Products',
    summary: 'Read a product',
    access: 'anybody',
    headers: ['if-none-match'],
    success: { status: 200, schema: 'Product' },
    problems: [404],
    variables: ({ params }) => ({ id: params['id'] }),
    answer({ product }, { ifNoneMatch }) {
      if (!product) return undefined;
      const headers = { etag: entityTag(product.version), 'cache-control': 'no-cache' };
      if (matchesTag(ifNoneMatch, product.version)) return { status: 304, headers };
      return { status: 200, body: toProductJson(product), headers };
    },
  }),
  defineRoute<z.infer<typeof productChange>, { updateProduct: ProductOutcome }>({
    method: 'PUT',
    path: '/products/:id',
    operation: 'update-product',
    tag: 'Products',
    summary: 'Change what is given of a product',
    access: 'admin',
    body: productChange,
    headers: ['if-match'],
    success: { status: 200, schema: 'Product' },
    problems: [404, 409, 412],
    variables({ params, body, ifMatch }) {
      const { price: major, priceMinor, currency: _currency, ...rest } = body;
      const money = major === undefined && priceMinor === undefined ? {} : { price: toMoneyInput(body) };
      const expectedVersion = readExpectedVersion(ifMatch) ?? body.expectedVersion;
      return {
        input: { ...rest, ...money, id: params['id'], ...(expectedVersion === undefined ? {} : { expectedVersion }) },
      };
    },
    answer({ updateProduct }, { ifMatch }) {
      const answer = answerProduct(updateProduct, 200);
      const isConflict = 'problem' in answer && answer.problem.status === 412;
      return isConflict && ifMatch === undefined
        ? { ...answer, problem: { ...answer.problem, status: 409, title: 'Conflict' } }
        : answer;
    },
  }),
  defineRoute<undefined, { deleteProduct: { __typename: 'DeleteProductSuccess' } | UserErrorOutcome }>({
    method: 'DELETE',
    path: '/products/:id',
    operation: 'delete-product',
    tag: 'Products',
    summary: 'Take a product out of the catalogue',
    access: 'admin',
    success: { status: 204 },
    problems: [404],
    variables({ params, ifMatch }) {
      if (ifMatch === undefined) return { id: params['id'] };
      throw new CodedError('BAD_USER_INPUT', 'A deletion cannot be made conditional: leave If-Match out.');
    },
    answer: ({ deleteProduct }) => ('message' in deleteProduct ? problemOfOutcome(deleteProduct) : { status: 204 }),
  }),
];
