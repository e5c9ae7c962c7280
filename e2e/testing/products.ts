import { ask } from './graphql.ts';

/** Creates a product that no other test knows, through a graph and with an administrator's token. Resolves with its id. */
export async function newProduct(
  url: string,
  { token, initialStock = 1_000 }: { readonly token: string; readonly initialStock?: number },
): Promise<string> {
  const query = `mutation ($input: CreateProductInput!) { createProduct(input: $input) { ... on CreateProductSuccess { product { id } } } }`;
  const price = { amountMinor: 1_000, currency: 'EUR' };
  const input = { name: `Thing ${crypto.randomUUID()}`, price, initialStock };
  const answer = await ask(url, { query, variables: { input }, token });
  return answer.data.createProduct.product.id;
}
