import { gzipSync } from 'node:zlib';
import type { RawRequest } from './both-ways.ts';
import { tokens } from './local-gateway.ts';

const nested = (depth: number) => `${'{ __schema '.repeat(depth)}${'}'.repeat(depth)}`;

/** Bodies of every kind: sound operations, and each way in which one can be wrong. */
export const sampleBodies: readonly string[] = [
  ...[
    { query: '{ greeting }' },
    { query: 'query One { greeting } query Two { whoami }', operationName: 'Two' },
    { query: 'query One { greeting } query Two { whoami }' },
    { query: 'query One { greeting } query Two { whoami }', operationName: null },
    { query: 'query One { greeting } query Two { whoami }', operationName: '' },
    { query: 'query One { greeting }', operationName: 'Three' },
    { query: '{ greeting }', operationName: 7 },
    { query: 'query ($name: String) { greeting(name: $name) }', variables: { name: 'Ada "the first"\u2028' } },
    { query: 'query ($name: String) { greeting(name: $name) }', variables: { name: 7 } },
    { query: 'query ($name: String) { greeting(name: $name) }', variables: { name: null, more: [1] } },
    { query: 'query ($name: String) { greeting(name: $name) }', variables: null },
    { query: 'query ($name: String) { greeting(name: $name) }', variables: [] },
    { query: 'query ($name: String) { greeting(name: $name) }', variables: '{"name":"Ada"}' },
    { query: 'query ($of: Int!) { twice(of: $of) }', variables: { of: 4 } },
    { query: 'query ($of: Int!) { twice(of: $of) }', variables: { of: 'x' } },
    { query: 'query ($of: Int!) { twice(of: $of) }' },
    { query: '{ greeting }', extensions: {} },
    { query: '{ greeting }', extensions: null },
    { query: '{ greeting }', extensions: { client: { name: 'shop' } } },
    { query: '{ greeting }', extensions: [] },
    { query: '{ greeting }', extensions: 'x' },
    { query: '{ greeting }', extensions: { persistedQuery: { version: 1, sha256Hash: 'abc' } } },
    { extensions: { persistedQuery: { version: 1, sha256Hash: 'abc' } } },
    { query: '{ greeting }', more: true },
    { query: 'mutation { count }' },
    { query: 'subscription { ticks }' },
    { query: '{ broken greeting }' },
    { query: '{ greetin never }' },
    { query: '{ greeting' },
    { query: '# nothing' },
    { query: '' },
    { query: null },
    { query: 7 },
    { query: { kind: 'Document' } },
    { query: 'fragment F on Query { greeting }' },
    { query: nested(14) },
    { query: `{ ${'greeting '.repeat(1_100)} }` },
    { query: '{ __schema { queryType { name } } }' },
    { query: '{ __typename }' },
    { query: 'query Explode { greeting }', operationName: 'Explode' },
    { query: 'query Teapot { greeting }', operationName: 'Teapot' },
    { query: 'query Loop { greeting }', operationName: 'Loop' },
    {},
    [],
    [{ query: '{ greeting }' }],
    7,
    null,
  ].map((body) => JSON.stringify(body)),
  '{"query":"{ greeting }"',
  '',
  `{"query":"{ greeting }","variables":{"__proto__":{"x":1}}}`,
  JSON.stringify({ query: `# ${'x'.repeat(103_000)}\n{ greeting }` }),
  gzipSync('{"query":"{ greeting }"}').toString('latin1'),
];

/** Values of `accept`; undefined leaves the header out. */
export const sampleAccepts: readonly (string | undefined)[] = [
  undefined,
  '',
  '*/*',
  'application/json',
  'Application/JSON',
  'application/json; charset=utf-8',
  'application/json;q=0.1, application/graphql-response+json',
  'application/graphql-response+json',
  'application/graphql-response+json; charset=utf-8, application/json;q=0.9',
  'application/graphql-response+json;q=0, */*',
  'application/*',
  'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'text/html',
  'multipart/mixed',
  'multipart/mixed; deferSpec=20220824, application/json',
  'application/json; callbackSpec=1.0',
  'text/event-stream',
  'nonsense',
  `${'text/x-y, '.repeat(80)}application/json`,
];

/** Values of `content-type`. */
export const sampleContentTypes: readonly (string | undefined)[] = [
  'application/json',
  'application/json; charset=utf-8',
  'APPLICATION/JSON',
  'application/json;',
  'application/json ; charset=utf-8',
  'application/jsonx',
  'application/graphql+json',
  'text/plain',
  'text/plain;charset=UTF-8',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'nonsense',
  undefined,
];

/** Headers that say who calls, or that the request comes from a page that may send it. */
export const sampleHeaders: readonly Readonly<Record<string, string>>[] = [
  {},
  { authorization: tokens.ada },
  { authorization: 'Bearer forged' },
  { authorization: 'Basic x' },
  { 'cache-control': 'max-age=0, No-Store' },
  { 'apollo-require-preflight': '1' },
  { 'x-apollo-operation-name': 'One' },
  { origin: 'https://evil.example' },
  { 'accept-encoding': 'gzip', 'content-encoding': 'gzip' },
];

/** Requests that are no POST, or not to the plain path. */
export const otherRequests: readonly RawRequest[] = [
  ...['GET', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'].map((method) => ({ method })),
  ...['{ greeting }', 'mutation { count }', '{ nothing }', ''].flatMap((query) => {
    const path = `/graphql?query=${encodeURIComponent(query)}`;
    return [
      { method: 'GET', path },
      { method: 'GET', path, headers: { 'apollo-require-preflight': '1' } },
      { method: 'GET', path: `${path}&variables=x`, headers: { 'apollo-require-preflight': '1' } },
      { method: 'GET', path, headers: { 'content-type': 'application/json' } },
    ];
  }),
  {
    path: '/graphql?query=%7B%20whoami%20%7D',
    headers: { 'content-type': 'application/json' },
    body: '{"query":"{ greeting }"}',
  },
  { path: '/graphql/', headers: { 'content-type': 'application/json' }, body: '{"query":"{ greeting }"}' },
];
