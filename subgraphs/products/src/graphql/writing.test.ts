import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestService } from '../testing/service.ts';
import { startTestService } from '../testing/service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.close());

const admin = ['products:write', 'stock:read'];
const createMutation = `mutation ($input: CreateProductInput!) { createProduct(input: $input) {
  __typename ... on CreateProductSuccess { product { id sku version stock { available inStock reserved } } }
  ... on UserError { message path } } }`;
const updateMutation = `mutation ($input: UpdateProductInput!) { updateProduct(input: $input) {
  __typename ... on UpdateProductSuccess { product { name version stock { available } } }
  ... on UserError { message path } ... on VersionConflict { currentVersion } } }`;
const mug = { name: 'Espresso Cup', price: { amountMinor: 890, currency: 'EUR' }, initialStock: 4 };

interface Created {
  createProduct: { __typename: string; product: { id: string; sku: string; version: number } };
}
const create = async (input: Record<string, unknown> = mug) => {
  const { data } = await service.ask<Created>({ query: createMutation, variables: { input }, scopes: admin });
  return data.createProduct.product;
};
const update = (input: Record<string, unknown>) =>
  service.ask({ query: updateMutation, variables: { input }, scopes: admin });

describe('writing', () => {
  it('creates products with a sku made from the name, each its own', async () => {
    const first = await create({ ...mug, name: 'Tea Pot' });
    const second = await create({ ...mug, name: 'Tea Pot' });

    expect(first).toMatchObject({ sku: 'TEA-POT', version: 1, stock: { available: 4, inStock: true, reserved: 0 } });
    expect(second.sku).toBe('TEA-POT-2');
  });

  it.each([
    [{ sku: 'ENAMEL-MUG' }, 'SkuTaken', ['input', 'sku']],
    [{ name: ' ' }, 'InvalidInput', ['input', 'name']],
    [{ price: { amountMinor: -1, currency: 'EUR' } }, 'InvalidInput', ['input', 'price', 'amountMinor']],
  ])('refuses to create a product with %j: %s', async (fault, __typename, path) => {
    const { data } = await service.ask({
      query: createMutation,
      variables: { input: { ...mug, ...fault } },
      scopes: admin,
    });

    expect(data).toEqual({ createProduct: { __typename, message: expect.any(String), path } });
  });

  it('updates the version that the caller read, once', async () => {
    const { id } = await create();

    const first = await update({ id, name: 'Ristretto Cup', expectedVersion: 1 });
    const late = await update({ id, name: 'Lungo Cup', expectedVersion: 1 });

    expect(first.data).toEqual({
      updateProduct: {
        __typename: 'UpdateProductSuccess',
        product: { name: 'Ristretto Cup', version: 2, stock: { available: 4 } },
      },
    });
    expect(late.data).toMatchObject({ updateProduct: { __typename: 'VersionConflict', currentVersion: 2 } });
  });

  it('shows after each mutation of one operation what that one did', async () => {
    const { id } = await create();
    const restock = `updateProduct(input: { id: "${id}", restock: 1 }) {
      ... on UpdateProductSuccess { product { version stock { available } } } }`;

    const { data } = await service.ask({ query: `mutation { a: ${restock} b: ${restock} }`, scopes: admin });

    expect(data).toEqual({
      a: { product: { version: 2, stock: { available: 5 } } },
      b: { product: { version: 3, stock: { available: 6 } } },
    });
  });

  it.each([
    [{ id: 'abc', name: 'X' }, 'NotFound', ['input', 'id']],
    [{ id: '1000000', name: 'X' }, 'NotFound', ['input', 'id']],
    [{ id: '3', sku: 'ENAMEL-MUG' }, 'SkuTaken', ['input', 'sku']],
    [{ id: '3', restock: -1_000 }, 'InvalidInput', ['input', 'restock']],
  ])('refuses the update %j: %s', async (input, __typename, path) => {
    await expect(update(input)).resolves.toMatchObject({ data: { updateProduct: { __typename, path } } });
  });

  it('withdraws a product once', async () => {
    const { id } = await create();
    const query = `mutation { deleteProduct(id: "${id}") { __typename ... on DeleteProductSuccess { deletedProductId } } }`;

    const first = await service.ask({ query, scopes: admin });
    const second = await service.ask({ query, scopes: admin });

    expect(first.data).toEqual({ deleteProduct: { __typename: 'DeleteProductSuccess', deletedProductId: id } });
    expect(second.data).toEqual({ deleteProduct: { __typename: 'NotFound' } });
  });
});
