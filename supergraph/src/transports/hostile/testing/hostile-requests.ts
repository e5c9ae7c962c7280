import { deflateSync, gzipSync, brotliCompressSync } from 'node:zlib';

/** A raw request over HTTP that somebody sends to do harm. */
export interface HostileRequest {
  readonly name: string;
  readonly method?: string;
  /** Default `/graphql`. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** The statuses that are right. */
  readonly status: readonly number[];
}

const json = { 'content-type': 'application/json' };
const signedIn = { ...json, authorization: 'Bearer ada' };
const events = { accept: 'text/event-stream' };
const sound = JSON.stringify({ query: '{ me { id } }' });
const bomb = JSON.stringify({ query: `# ${' '.repeat(5_000_000)}` });
const get = (query: string, more = '') => `/graphql?query=${encodeURIComponent(query)}${more}`;
const post = (
  name: string,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = json,
  status = [400],
): HostileRequest => ({
  name,
  method: 'POST',
  headers,
  body,
  status,
});
const byGet = (
  name: string,
  path: string,
  headers: Readonly<Record<string, string>> = { 'apollo-require-preflight': '1' },
  status = [400],
): HostileRequest => ({
  name,
  path,
  headers,
  status,
});
const part = '--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n{"query":"{ me { id } }"}\r\n';

/** Requests of every class that could hurt, each refused before any subgraph hears of it. */
export const hostileRequests: readonly HostileRequest[] = [
  post('no JSON', '{"query":'),
  post('no body', ''),
  post('null', 'null'),
  post('a number', '7'),
  post('a text', '"{ me { id } }"'),
  post('a batch', `[${sound},${sound}]`),
  post('a batch of 1,000', `[${Array.from({ length: 1_000 }, () => sound).join()}]`),
  post('an empty batch', '[]'),
  post('20,000 nested lists', '['.repeat(20_000) + ']'.repeat(20_000)),
  post('20,000 nested objects', '{"a":'.repeat(15_000) + '1' + '}'.repeat(15_000)),
  post('20,000 open brackets', '['.repeat(20_000)),
  post('__proto__ as a member', '{"query":"{ me { id } }","__proto__":{"admin":true}}'),
  post('__proto__ in variables', '{"query":"{ me { id } }","variables":{"__proto__":{"admin":true}}}'),
  post(
    'constructor.prototype in variables',
    '{"query":"{ me { id } }","variables":{"constructor":{"prototype":{"admin":true}}}}',
  ),
  post('a query twice, the second no text', '{"query":"{ me { id } }","query":{}}'),
  post('a query that is an object', '{"query":{"kind":"Document"}}'),
  post('a query that is a list', '{"query":["{ me { id } }"]}'),
  post('no query', '{"variables":{}}'),
  post('variables that are a list', '{"query":"{ me { id } }","variables":[]}'),
  post('variables that are text', '{"query":"{ me { id } }","variables":"{}"}'),
  post('extensions that are a number', '{"query":"{ me { id } }","extensions":7}'),
  post('an operation name that is an object', '{"query":"{ me { id } }","operationName":{}}'),
  post('NaN', '{"query":"{ me { id } }","variables":{"x":NaN}}'),
  post('Infinity', '{"query":"{ me { id } }","variables":{"x":-Infinity}}'),
  post(
    'a number of 1,000 digits for a page',
    JSON.stringify({ query: 'query ($n: Int) { products(first: $n) { nodes { id } } }' }).replace(
      '}"}',
      `}","variables":{"n":${'9'.repeat(1_000)}}}`,
    ),
  ),
  post('one megabyte', JSON.stringify({ query: `# ${'x'.repeat(1_000_000)}` }), json, [413]),
  post('a gzip bomb', gzipSync(bomb), { ...json, 'content-encoding': 'gzip' }, [400, 413, 415]),
  post('a deflate bomb', deflateSync(bomb), { ...json, 'content-encoding': 'deflate' }, [400, 413, 415]),
  post('a brotli bomb', brotliCompressSync(bomb), { ...json, 'content-encoding': 'br' }, [400, 413, 415]),
  post('gzip within gzip', gzipSync(gzipSync(bomb)), { ...json, 'content-encoding': 'gzip, gzip' }, [400, 413, 415]),
  post('an encoding that nobody knows', sound, { ...json, 'content-encoding': 'zstd' }, [415]),
  post('no type', sound, {}, [400, 415]),
  post('plain text', sound, { 'content-type': 'text/plain' }, [400, 415]),
  post(
    'a form',
    'query=%7B%20me%20%7B%20id%20%7D%20%7D',
    { 'content-type': 'application/x-www-form-urlencoded' },
    [400, 415],
  ),
  post('an upload', `${part}--x--\r\n`, { 'content-type': 'multipart/form-data; boundary=x' }, [400, 415]),
  post('an upload without an end', part, { 'content-type': 'multipart/form-data; boundary=x' }, [400, 415]),
  post('an upload without a boundary', part, { 'content-type': 'multipart/form-data' }, [400, 415]),
  post('XML', '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', { 'content-type': 'application/xml' }, [400, 415]),
  post('a charset that is none', sound, { 'content-type': 'application/json; charset=klingon' }, [400, 415]),
  post('UTF-16', Buffer.from(sound, 'utf16le'), { 'content-type': 'application/json; charset=utf-16' }, [400, 415]),
  post('bytes that are no UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d])),
  post('an answer of a type that there is not', sound, { ...json, accept: 'text/csv' }, [406]),
  post('a form’s token', sound, { ...json, authorization: 'Basic YWRtaW46YWRtaW4=' }, [401]),
  post('headers of 20 KB', sound, { ...json, 'x-long': 'x'.repeat(20_000) }, [431]),
  { name: 'PUT', method: 'PUT', headers: json, body: sound, status: [405] },
  { name: 'DELETE', method: 'DELETE', status: [400, 405] },
  { name: 'PATCH', method: 'PATCH', headers: json, body: sound, status: [405] },
  {
    name: 'OPTIONS of a foreign page',
    method: 'OPTIONS',
    headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    status: [404, 405],
  },
  { name: 'TRACE', method: 'TRACE', status: [400, 404, 405] },
  byGet('a mutation by GET', get('mutation { signOut(refreshToken: "x") { signedOut } }'), undefined, [405]),
  byGet('a GET that any page could send', get('{ me { id } }'), {}),
  byGet('GET without a query', '/graphql'),
  byGet('a query twice', `${get('{ me { id } }')}&query=${encodeURIComponent('{ __typename }')}`),
  byGet('variables that are no JSON', get('{ me { id } }', '&variables={')),
  byGet('variables that are a list', get('{ me { id } }', '&variables=[]')),
  byGet('extensions that are no JSON', get('{ me { id } }', '&extensions={')),
  byGet('a bad escape in the address', '/graphql?query=%ZZ'),
  byGet('a query of 100 KB', get(`{ ${'me '.repeat(30_000)} }`), undefined, [414, 431]),
  byGet(
    'a mutation as an event stream by GET',
    get('mutation { signOut(refreshToken: "x") { signedOut } }'),
    events,
    [405],
  ),
  byGet('an event stream without a query', '/graphql', events),
  byGet('an event stream of variables that are no JSON', get('{ me { id } }', '&variables=%7B'), events),
  byGet('a stream that was never reserved', '/graphql/stream?token=1', events, [404]),
  byGet(
    'a stream of somebody’s guess',
    '/graphql/stream',
    { ...events, 'x-graphql-event-stream-token': '../../etc/passwd' },
    [404],
  ),
  {
    name: 'an operation on no stream',
    method: 'POST',
    path: '/graphql/stream',
    headers: { ...json, 'x-graphql-event-stream-token': 'x' },
    body: sound,
    status: [404],
  },
  {
    name: 'the end of an operation on no stream',
    method: 'DELETE',
    path: '/graphql/stream?operationId=1',
    status: [404],
  },
  post('an event stream of no JSON', '{', { ...json, ...events }),
  post('an event stream of a batch', `[${sound}]`, { ...json, ...events }),
  post('an event stream with a bad token', sound, { ...json, ...events, authorization: 'Bearer forged' }, [401]),
  post('parts of no JSON', '{', { ...json, accept: 'multipart/mixed;subscriptionSpec=1.0' }),
  post(
    'parts of a subscription that is not there',
    '{"query":"subscription { everything }"}',
    { ...json, accept: 'multipart/mixed;subscriptionSpec=1.0' },
    [400, 406],
  ),
  { name: 'a path out of the house', path: '/../../etc/passwd', status: [404] },
  { name: 'an encoded path out of the house', path: '/%2e%2e/%2e%2e/etc/passwd', status: [404] },
  { name: 'a null byte in the path', path: '/graphql%00', status: [400, 404] },
  ...['1e3', '-1', '0x10', '1;drop', '%00', '__proto__', '9'.repeat(40), '..%2f..'].map((id): HostileRequest => ({
    name: `REST, the id ${id.slice(0, 12)}`,
    path: `/api/v1/users/${id}`,
    status: [400, 404],
  })),
  ...[
    'first=0',
    'first=-1',
    'first=101',
    'first=1e2',
    'first=1&first=2',
    'after=a&after=b',
    `first=${'9'.repeat(500)}`,
  ].map((query): HostileRequest => ({
    name: `REST, a page of ${query.slice(0, 20)}`,
    path: `/api/v1/products?${query}`,
    status: [400],
  })),
  ...[
    ['no JSON', '{'],
    ['a list', '[]'],
    ['null', 'null'],
    ['no product', '{"userId":1}'],
    ['20,000 lists', `{"lines":${'['.repeat(20_000)}${']'.repeat(20_000)}}`],
    ['5,000 lines', JSON.stringify({ lines: Array.from({ length: 5_000 }, () => ({ productId: 1 })) })],
    ['a negative id', '{"productId":-1}'],
    ['an operator', '{"productId":{"$gt":0}}'],
    ['a quantity that is text', '{"productId":1,"quantity":"many"}'],
  ].map(([name = '', body = '']): HostileRequest => ({
    name: `REST, an order of ${name}`,
    method: 'POST',
    path: '/api/v1/orders',
    headers: signedIn,
    body,
    status: [400, 422],
  })),
  {
    name: 'REST, an idempotency key of 10 KB',
    method: 'POST',
    path: '/api/v1/orders',
    headers: { ...signedIn, 'idempotency-key': 'x'.repeat(10_000) },
    body: '{"productId":1}',
    status: [400],
  },
  { name: 'REST, a method that there is not', method: 'DELETE', path: '/api/v1/products', status: [404, 405] },
];
