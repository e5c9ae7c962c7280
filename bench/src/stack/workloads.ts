/** What is asked of the real services, and as whom. */
export interface StackWorkload {
  readonly name: string;
  readonly title: string;
  /** One JSON body. */
  readonly body: string;
  readonly account: 'admin' | 'ada';
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

const toBody = (query: string, variables: object) =>
  JSON.stringify({ query, operationName: /query (\w+)/.exec(query)?.[1], variables });

/** The workloads: the list that needs all three services, and one field of one. */
export const stackWorkloads: readonly StackWorkload[] = [
  { name: 'admin', title: 'order list, all customers', body: toBody(orderList, { first: 20 }), account: 'admin' },
  { name: 'customer', title: 'order list, own orders', body: toBody(orderList, { first: 20 }), account: 'ada' },
  {
    name: 'product',
    title: 'one product',
    body: toBody('query Product($id: ID!) { product(id: $id) { name } }', { id: '1' }),
    account: 'ada',
  },
];
