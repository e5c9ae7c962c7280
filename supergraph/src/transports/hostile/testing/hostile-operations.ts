/** An operation that somebody sends to do harm, and how it is refused. */
export interface HostileOperation {
  readonly name: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly code: string;
}

const times = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => text(index)).join(' ');
const nested = (count: number, open: string, inner: string, close = ' }') =>
  open.repeat(count) + inner + close.repeat(count);
/** Written out only in the text of a request: it is too deep to be written by JSON.stringify. */
const deep = (levels: number) => `deep ${levels}`;
const doubling = (levels: number, type: string, leaf: string) =>
  `${times(levels, (level) => `fragment F${level} on ${type} { ...F${level + 1} ...F${level + 1} }`)} fragment F${levels} on ${type} { ${leaf} }`;
const fan = (levels: number, width: number) =>
  times(levels, (level) => {
    const fields = times(width, (index) => `a${index}: shippingEstimate(quantity: ${index}) { ...H${level} }`);
    return `fragment G${level} on Product { ${fields} } fragment H${level} on Money { currency }`;
  });

const order = 'mutation ($input: CreateOrderInput!) { createOrder(input: $input) { __typename } }';
const products =
  'query ($first: Int, $after: String, $filter: ProductFilter) { products(first: $first, after: $after, filter: $filter) { nodes { id } } }';
const product = 'query ($id: ID) { product(id: $id) { id } }';

const tooLarge = (name: string, query: string): HostileOperation => ({
  name,
  payload: { query },
  code: 'OPERATION_TOO_LARGE',
});
const unparsable = (name: string, query: string): HostileOperation => ({
  name,
  payload: { query },
  code: 'GRAPHQL_PARSE_FAILED',
});
const invalid = (name: string, query: string): HostileOperation => ({
  name,
  payload: { query },
  code: 'GRAPHQL_VALIDATION_FAILED',
});
const tooDear = (name: string, query: string, variables: object = {}): HostileOperation => ({
  name,
  payload: { query, variables },
  code: 'COST_LIMIT_EXCEEDED',
});
const badInput = (name: string, query: string, variables: unknown): HostileOperation => ({
  name,
  payload: { query, variables },
  code: 'BAD_USER_INPUT',
});

/** Operations of every class that could hurt, each refused before any subgraph hears of it. */
export const hostileOperations: readonly HostileOperation[] = [
  tooLarge('10,000 fields', `{ ${times(10_000, () => '__typename')} }`),
  tooLarge('1,001 tokens', `{ ${times(1_000, () => 'me')} }`),
  tooLarge('20,000 nested braces', nested(20_000, '{ a', '')),
  tooLarge('20,000 nested lists', `{ products(first: ${'['.repeat(20_000)}${']'.repeat(20_000)}) { nodes { id } } }`),
  tooLarge('20,000 nested objects', `{ products(filter: ${nested(20_000, '{ a: ', '1')}) { nodes { id } } }`),
  tooLarge('2,000 nested inline fragments', nested(2_000, '{ ...', '{ __typename }')),
  tooLarge(
    '1,000 operations',
    times(1_000, (index) => `query Q${index} { me { id } }`),
  ),
  tooLarge(
    '51 operations',
    times(51, (index) => `query Q${index} { __typename }`),
  ),
  tooLarge('1,000 fragments', `{ ...F0 } ${times(1_000, (index) => `fragment F${index} on Query { me { id } }`)}`),
  tooLarge('1,000 variables', `query (${times(1_000, (index) => `$v${index}: Int`)}) { me { id } }`),
  tooLarge('1,000 aliases', `{ ${times(1_000, (index) => `a${index}: me { id }`)} }`),
  tooLarge('31 aliases', `{ me { ${times(31, (index) => `a${index}: id`)} } }`),
  tooLarge(
    '31 aliases through a fragment',
    `{ me { ...U } you: me { ...U } } fragment U on User { ${times(16, (index) => `a${index}: id`)} }`,
  ),
  tooLarge('21 root fields', `{ ${times(21, (index) => `a${index}: __typename`)} }`),
  tooLarge(
    '21 sign-ins',
    `mutation { ${times(21, (index) => `a${index}: signOut(refreshToken: "x") { signedOut }`)} }`,
  ),
  tooLarge('51 directives on a field', `{ me { id ${times(51, () => '@skip(if: false)')} } }`),
  tooLarge('51 directives on an operation', `query Q ${times(51, () => '@skip(if: false)')} { me { id } }`),
  tooLarge(
    '51 directives on a fragment',
    `{ ...F } fragment F on Query ${times(51, () => '@skip(if: false)')} { me { id } }`,
  ),
  tooLarge('a depth of 14', `{ me ${'{ orders { nodes { buyer '.repeat(4)}{ id }${' } } }'.repeat(4)} }`),
  tooLarge(
    'a depth through fragments',
    `{ me { ...A } } ${times(13, (index) => `fragment ${'ABCDEFGHIJKLMN'[index]} on User { orders { nodes { buyer { ...${'ABCDEFGHIJKLMN'[index + 1]} } } } }`)} fragment N on User { id }`,
  ),
  tooLarge('a bomb of 2^24 fields', `{ ...F0 } ${doubling(24, 'Query', '__typename')}`),
  tooLarge('a bomb of 2^30 fields below one', `{ me { ...F0 } } ${doubling(30, 'User', 'id')}`),
  tooLarge('a bomb of 2^24 aliases', `{ me { ...F0 } } ${doubling(24, 'User', 'a: id')}`),
  tooLarge('a bomb of objects', `{ product(id: 1) { ...F0 } } ${doubling(12, 'Product', 'price { currency }')}`),
  tooLarge('a fan of aliases', `{ product(id: 1) { ...G0 } } ${fan(1, 40)}`),
  tooLarge('a string of a token bomb', `{ ${times(600, () => 'a:b')} }`),
  unparsable('nothing but a comment', '# hello'),
  unparsable('20,000 open braces', '{'.repeat(20_000)),
  unparsable('an open brace', '{ me { id }'),
  unparsable('a null byte', '{ me { id \u0000 } }'),
  unparsable('a lone surrogate', '{ me { id \uD800 } }'),
  unparsable('a string without an end', '{ product(id: "1) { id } }'),
  unparsable('a block string without an end', '{ product(id: """1) { id } }'),
  unparsable('an unknown escape', '{ product(id: "\\q") { id } }'),
  unparsable('an escape beyond Unicode', '{ product(id: "\\u{FFFFFFFF}") { id } }'),
  unparsable('a number that goes on as a name', '{ products(first: 1x) { nodes { id } } }'),
  unparsable('NaN as a number', '{ products(first: +NaN) { nodes { id } } }'),
  unparsable('a template', '{{ me { id } }}'),
  unparsable('SQL', "SELECT * FROM users; DROP TABLE users --'"),
  unparsable('a script', '<script>alert(1)</script>'),
  unparsable('a path', '../../../../etc/passwd'),
  invalid('a fragment of itself', '{ ...F } fragment F on Query { ...F }'),
  invalid(
    'fragments in a circle',
    '{ ...A } fragment A on Query { ...B } fragment B on Query { ...C } fragment C on Query { ...A }',
  ),
  invalid('a circle through fields', '{ me { ...A } } fragment A on User { orders { nodes { buyer { ...A } } } }'),
  invalid('a fragment that is not there', '{ ...Nobody }'),
  invalid('a fragment that nobody uses', '{ me { id } } fragment F on User { id }'),
  invalid('a field that is not there', '{ secrets { password } }'),
  invalid('a field of every object of JavaScript', '{ constructor { prototype { id } } }'),
  invalid('__proto__', '{ me { __proto__ { id } } }'),
  invalid('a type that is not there', '{ ... on Admin { id } }'),
  invalid(
    'entities by a subgraph’s back door',
    '{ _entities(representations: [{ __typename: "User", id: "1" }]) { __typename } }',
  ),
  invalid('a service’s SDL', '{ _service { sdl } }'),
  invalid('the schema', '{ __schema { types { name fields { name } } } }'),
  invalid('a type of the schema', '{ __type(name: "User") { name } }'),
  invalid(
    'the schema through an alias and a fragment',
    '{ ...F } fragment F on Query { x: __schema { queryType { name } } }',
  ),
  invalid('an unknown directive', '{ me @everything { id } }'),
  invalid('a directive twice', '{ me @skip(if: false) @skip(if: false) { id } }'),
  invalid('a directive of a subgraph', '{ me @requires(fields: "id") { id } }'),
  invalid('an unknown argument', '{ product(id: 1, where: "1=1") { id } }'),
  invalid('an argument twice', '{ product(id: 1, id: 2) { id } }'),
  invalid('a number too large', '{ products(first: 99999999999999999999) { nodes { id } } }'),
  invalid('a number as text', '{ products(first: "10") { nodes { id } } }'),
  invalid('an enum that is none', '{ products(sort: DROP_TABLE) { nodes { id } } }'),
  invalid('an object for an id', '{ product(id: { ne: null }) { id } }'),
  invalid('an input field that is not there', '{ products(filter: { where: "1=1" }) { nodes { id } } }'),
  invalid('fields that contradict each other', '{ product(id: 1) { x: id x: name } }'),
  invalid('a variable that is not declared', '{ product(id: $id) { id } }'),
  invalid('a variable of an output type', 'query ($u: User) { me { id } }'),
  invalid('an object without a selection', '{ me }'),
  invalid('a scalar with a selection', '{ me { id { length } } }'),
  invalid(
    'labels of @defer that are equal',
    '{ me { id ... @defer(label: "x") { name } ... @defer(label: "x") { email } } }',
  ),
  invalid('a definition of a type', 'type Query { hacked: String }'),
  invalid('an extension of a type', 'extend type Query { hacked: String } query { me { id } }'),
  tooDear('a page of a million', '{ products(first: 1000000) { nodes { id } } }'),
  tooDear('a page of the greatest integer', '{ products(first: 2147483647) { nodes { id } edges { node { id } } } }'),
  tooDear('the same by a variable', products, { first: 2_147_483_647 }),
  tooDear(
    'pages of pages',
    '{ me { orders(first: 100) { nodes { buyer { orders(first: 100) { nodes { id } } } } } } }',
  ),
  tooDear(
    'pages of pages of pages, all of the greatest size',
    `{ me { ${nested(3, 'orders(first: 2147483647) { nodes { buyer { ', 'id', ' } } }')} } }`,
  ),
  tooDear('an order of 5,000 lines', order, {
    input: { lines: Array.from({ length: 5_000 }, () => ({ productId: 1 })) },
  }),
  tooDear(
    'twenty aliases of a dear mutation with many lines',
    `mutation ($input: CreateOrderInput!) { ${times(20, (index) => `a${index}: createOrder(input: $input) { __typename }`)} }`,
    { input: { lines: Array.from({ length: 50 }, () => ({ productId: 1 })) } },
  ),
  badInput('variables 20,000 lists deep', product, { id: deep(20_000) }),
  badInput('an input field 5,000 lists deep', products, { filter: { nameContains: deep(5_000) } }),
  badInput('an unknown variable 5,000 deep', '{ __typename }', { x: deep(5_000) }),
  badInput('text for a number', products, { first: '10' }),
  badInput('a fraction for a whole number', products, { first: 1.5 }),
  tooDear('a number beyond 32 bits', products, { first: 1e300 }),
  badInput('an operator of a database', product, { id: { $ne: null } }),
  badInput('a list for an id', product, { id: ['1', '2'] }),
  badInput('an input field that is not there, by variable', products, { filter: { $where: 'sleep(1000)' } }),
  badInput('a field of every object, by variable', products, {
    filter: { constructor: { prototype: { admin: true } } },
  }),
  badInput('no variable where one is needed', order, {}),
  badInput('null where something is needed', order, { input: null }),
  badInput('a list where an object is needed', order, { input: [[], []] }),
  {
    name: 'an operation that is not there',
    payload: { query: 'query A { me { id } }', operationName: 'B' },
    code: 'OPERATION_RESOLUTION_FAILURE',
  },
  {
    name: 'an operation named like a field of every object',
    payload: { query: 'query A { me { id } }', operationName: '__proto__' },
    code: 'OPERATION_RESOLUTION_FAILURE',
  },
  {
    name: 'two operations and no name',
    payload: { query: 'query A { me { id } } query B { me { id } }' },
    code: 'OPERATION_RESOLUTION_FAILURE',
  },
  {
    name: 'fragments and no operation',
    payload: { query: 'fragment F on Query { me { id } }' },
    code: 'GRAPHQL_VALIDATION_FAILED',
  },
];

/** The operation as it is sent. */
export function textOf(payload: HostileOperation['payload']): string {
  return JSON.stringify(payload).replace(
    /"deep (\d+)"/,
    (_, levels) => '['.repeat(Number(levels)) + ']'.repeat(Number(levels)),
  );
}
