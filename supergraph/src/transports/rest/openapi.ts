import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import type { Route, RouteHeader } from './route.ts';
import { responseSchemas } from './schemas.ts';

type Json = Readonly<Record<string, unknown>>;

/** Describes the routes below /api/v1, from the same table that serves them. Source: spec.openapis.org/oas/v3.1.1 */
export function describeRoutes(routes: readonly Route[]): Json {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = `/api/v1${route.path.replace(/:(\w+)/g, '{$1}')}`;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describeRoute(route) };
  }
  const schemas = Object.entries(responseSchemas).map(([name, schema]) => [name, toSchema(schema, 'output')]);
  return {
    openapi: '3.1.1',
    info: {
      title: 'Storefront REST API',
      version: '1.0.0',
      description:
        'Users, products and orders for clients that do not speak GraphQL. The same routes below /api, without the version, are deprecated. Bodies are read as JSON whatever their content type says.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: Object.fromEntries(schemas),
      securitySchemes: { accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  };
}

function describeRoute(route: Route): Json {
  const parameters = [
    ...pathParameters(route),
    ...(route.isList ? pageParameters : []),
    ...(route.headers ?? []).map(headerParameter),
  ];
  return {
    operationId: route.operation,
    tags: [route.tag],
    summary: route.summary,
    ...(route.access === 'admin' ? { description: 'For admins.' } : {}),
    security: route.access === 'anybody' ? [{}, { accessToken: [] }] : [{ accessToken: [] }],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(route.body
      ? { requestBody: { required: true, content: { 'application/json': { schema: toSchema(route.body, 'input') } } } }
      : {}),
    responses: describeResponses(route),
  };
}

function describeResponses({ success, problems, headers, access, body }: Route): Json {
  const content = success.schema
    ? { content: { 'application/json': { schema: { $ref: `#/components/schemas/${success.schema}` } } } }
    : {};
  const statuses = new Set([
    400,
    401,
    429,
    503,
    ...problems,
    ...(access === 'anybody' ? [] : [403]),
    ...(body ? [422] : []),
  ]);
  const problem = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
  const refusals = [...statuses]
    .sort((a, b) => a - b)
    .map((status) => [status, { description: STATUS_CODES[status], content: problem }]);
  return {
    [success.status]: { description: STATUS_CODES[success.status], ...content },
    ...(headers?.includes('if-none-match') ? { 304: { description: STATUS_CODES[304] } } : {}),
    ...Object.fromEntries(refusals),
  };
}

function pathParameters({ path }: Route): readonly Json[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'integer', minimum: 1 },
  }));
}

const pageParameters: readonly Json[] = [
  {
    name: 'first',
    in: 'query',
    description: 'How many at most.',
    schema: { type: 'integer', minimum: 1, maximum: 100, default: 100 },
  },
  {
    name: 'after',
    in: 'query',
    description: 'As the link with rel="next" of the page before says.',
    schema: { type: 'string' },
  },
];

const headerTexts: Readonly<Record<RouteHeader, string>> = {
  'if-match': 'The ETag that was read; the write is refused with 412 when it is not the current one.',
  'if-none-match': 'The ETag that the client has; the answer is 304 when it is the current one.',
  'idempotency-key':
    'Up to 255 characters. The same key and body answer with the first order again; another body is refused with 422.',
};

function headerParameter(name: RouteHeader): Json {
  return { name, in: 'header', description: headerTexts[name], schema: { type: 'string' } };
}

function toSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, target: 'draft-2020-12' });
  return rest;
}
