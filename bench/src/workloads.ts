import { isbns, readerIds } from './subgraphs/resolvers.ts';

/** Requests to send in turn. */
export interface Workload {
  readonly name: string;
  /** What it shows, for the table. */
  readonly title: string;
  /** JSON bodies, one line each. */
  readonly bodies: readonly string[];
  /** Whether each request comes with an Authorization of its own, so that nothing can be shared. */
  readonly uniqueAuthorization: boolean;
}

const who = 'id name town';
const what = 'id text stars';
const item = 'isbn title priceCents grams inStock shippingCents';

/** 16 fetches in four steps, an answer of about 87 KB. */
const shelves = `query Shelves {
  readers { ${who} reviews { ${what} book { ${item} reviews { ${what} author { ${who} reviews { ${what} book { ${item} } } } } } } }
  bestSellers { ${item} reviews { ${what} author { ${who} reviews { ${what} book { ${item} } } } } }
}`;

const toBody = (query: string, variables: object = {}) =>
  JSON.stringify({ query, operationName: /^\w+ (\w+)/.exec(query)?.[1], variables });

/** The workloads, by name in the order of the table. */
export const workloads: readonly Workload[] = [
  workload('identical', 'identical requests', [toBody(shelves)]),
  { ...workload('unique', 'every request with its own Authorization', [toBody(shelves)]), uniqueAuthorization: true },
  workload('mixed', '50 operations, varied variables', mixOperations()),
  workload('small', 'one small operation', [
    toBody('query Title($isbn: ID!) { book(isbn: $isbn) { title } }', { isbn: isbns[0] }),
  ]),
];

function workload(name: string, title: string, bodies: readonly string[]): Workload {
  return { name, title, bodies, uniqueAuthorization: false };
}

/** 50 operations: five roots, each with ten selections from two fields to three subgraphs deep; eight sets of variables each. */
function mixOperations(): readonly string[] {
  const bookParts = [
    'isbn title',
    'title priceCents inStock',
    item,
    `${item} averageStars`,
    `title reviews { ${what} }`,
    `${item} reviews { ${what} author { ${who} } }`,
    `title inStock @include(if: $deep) reviews { stars author { name reviews @include(if: $deep) { stars } } }`,
    `isbn reviews { stars book { title shippingCents } }`,
    `${item} averageStars reviews { ${what} author { ${who} reviews { stars book { title inStock } } } }`,
    `alias: title price: priceCents shippingCents @skip(if: $deep)`,
  ];
  const deep = '$deep: Boolean! = false';
  const roots = (part: string, number: number) => [
    `query Book${number}($isbn: ID!, ${deep}) { book(isbn: $isbn) { ${part} } }`,
    `query Best${number}($first: Int!, ${deep}) { bestSellers(first: $first) { ${part} } }`,
    `query Reader${number}($id: ID!, ${deep}) { reader(id: $id) { ${who} reviews { stars book { ${part} } } } }`,
    `query Latest${number}($first: Int!, ${deep}) { latestReviews(first: $first) { ${what} book { ${part} } } }`,
    `query Both${number}($id: ID!, $isbn: ID!, ${deep}) { reader(id: $id) { name } book(isbn: $isbn) { ${part} } }`,
  ];
  const operations = bookParts.flatMap((part, index) =>
    roots(part, index + 1).map((query) => (part.includes('$deep') ? query : query.replace(`, ${deep}`, ''))),
  );
  const variables = (number: number) => ({
    isbn: isbns[number % isbns.length],
    id: readerIds[(number * 5) % readerIds.length],
    first: 1 + (number % 4),
    deep: number % 2 === 0,
  });
  return Array.from({ length: 8 }, (_, round) =>
    operations.map((query, index) => toBody(query, pick(query, variables(index + round)))),
  ).flat();
}

function pick(query: string, variables: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => query.includes(`$${name}:`)));
}
