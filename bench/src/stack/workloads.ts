/** What is asked of the real services, and as whom. */
export interface StackWorkload {
  readonly name: string;
  readonly title: string;
  /** One JSON body. */
  readonly body: string;
  readonly account: 'admin' | 'ada';
  /** By so many customers in turn, in place of one: equal requests of one caller are shared while they are under way. */
  readonly customers?: number;
}

const orderList = /* GraphQL */ `
  query OrderList($first: Int!) {
    orders(first: $first) {
      nodes {
        id
        status
        placedAt
        total {
          formatted
        }
        buyer {
          id
          name
        }
        lines {
          quantity
          unitPrice {
            amountMinor
            currency
          }
          product {
            id
            sku
            name
            price {
              formatted
            }
            stock {
              available
            }
          }
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;

const catalogue = /* GraphQL */ `
  query Catalogue($first: Int!) {
    products(first: $first) {
      nodes {
        id
        sku
        name
        description
        price {
          amountMinor
          formatted
        }
        stock {
          available
          inStock
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;

const toBody = (query: string, variables: object) =>
  JSON.stringify({ query, operationName: /query (\w+)/.exec(query)?.[1], variables });

const list = toBody(catalogue, { first: 12 });

/** The workloads: the list that needs all three services, one field of one, and a list that may be kept, asked for by many and by one. */
export const stackWorkloads: readonly StackWorkload[] = [
  { name: 'admin', title: 'order list, all customers', body: toBody(orderList, { first: 20 }), account: 'admin' },
  { name: 'customer', title: 'order list, own orders', body: toBody(orderList, { first: 20 }), account: 'ada' },
  {
    name: 'product',
    title: 'one product',
    body: toBody('query Product($id: ID!) { product(id: $id) { name } }', { id: '1' }),
    account: 'ada',
  },
  { name: 'catalogue', title: 'product list, many', body: list, account: 'ada', customers: 64 },
  { name: 'catalogue-of-one', title: 'product list, one', body: list, account: 'ada' },
];
