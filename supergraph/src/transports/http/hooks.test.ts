import { describe, expect, it } from '@jest/globals';
import { HeaderMap } from '@apollo/server';
import { GraphQLError } from 'graphql';
import { askBothWays } from './testing/both-ways.ts';
import type { Scenario } from './testing/both-ways.ts';
import { tellingPlugin } from './testing/telling-plugin.ts';
import type { Stage } from './testing/telling-plugin.ts';

const headers = { 'content-type': 'application/json', accept: 'application/json' };
const requests = [
  { query: 'query Hello { greeting }', operationName: 'Hello', extensions: { client: 'shop' } },
  { query: 'query ($of: Int!) { twice(of: $of) }', variables: { of: 2 } },
  { query: 'query ($of: Int!) { twice(of: $of) }', variables: { of: 'x' } },
  { query: 'mutation { count }' },
  { query: '{ broken greeting }' },
  { query: '{ nothing }' },
  { query: '{ greeting' },
  { query: 'query One { greeting }', operationName: 'Two' },
  { query: 'query Explode { greeting }', operationName: 'Explode' },
  { query: 'query Teapot { greeting }', operationName: 'Teapot' },
  { query: 'query Loop { greeting }', operationName: 'Loop' },
  {},
].map((body) => ({ headers, body: JSON.stringify(body) }));

async function expectSame(plugins: Scenario) {
  const { short, apollo } = await askBothWays(requests, { plugins });

  expect(short.hooks).toEqual(apollo.hooks);
  expect(short).toEqual(apollo);
  return short;
}

const fail = () => {
  throw new Error('the plugin is broken');
};
const refuse = () => {
  const http = { status: 402, headers: new HeaderMap([['x-price', '1']]) };
  throw new GraphQLError('pay first', { extensions: { code: 'UNPAID', http } });
};
const stages: readonly Stage[] = [
  'requestDidStart',
  'didResolveSource',
  'didResolveOperation',
  'responseForOperation',
  'executionDidStart',
  'executionDidEnd',
  'didEncounterErrors',
  'willSendResponse',
];

describe('the hooks of plugins', () => {
  it('are called in the same order and see the same, whichever way a document takes', async () => {
    const { hooks } = await expectSame((tell) => [tellingPlugin('first', tell), tellingPlugin('second', tell)]);

    const heard = new Set(hooks.map((line) => line.split(' ')[1]));
    expect(heard).toEqual(
      new Set([
        ...stages,
        'parsingDidStart',
        'parsingDidEnd',
        'validationDidStart',
        'validationDidEnd',
        'invalidRequestWasReceived',
        'contextCreationDidFail',
      ]),
    );
  });

  it('hear of parsing and validation the first time only', async () => {
    const { hooks } = await expectSame((tell) => [tellingPlugin('one', tell)]);

    const parsed = hooks.filter((line) => line.includes('parsingDidStart {') && line.includes('query Hello'));
    expect(parsed).toHaveLength(1);
  });

  it.each(stages)('that fail in %s have the same effect', async (stage) => {
    await expectSame((tell) => [tellingPlugin('first', tell, { [stage]: fail }), tellingPlugin('second', tell)]);
  });

  it.each(stages)('that refuse in %s have the same effect', async (stage) => {
    await expectSame((tell) => [tellingPlugin('first', tell), tellingPlugin('second', tell, { [stage]: refuse })]);
  });

  it('that fail while they are told of a failure have the same effect', async () => {
    await expectSame((tell) => [
      tellingPlugin('first', tell, { requestDidStart: fail, unexpectedErrorProcessingRequest: fail }),
    ]);
  });

  it('may change what is asked and who asks', async () => {
    const { answers } = await expectSame((tell) => [
      tellingPlugin('first', tell, {
        didResolveOperation({ request, contextValue }) {
          request.variables = { of: 21 };
          Object.assign(contextValue, { caller: { kind: 'user', userId: '7', scopes: new Set() } });
        },
      }),
    ]);

    expect(answers.map(({ body }) => body)).toContain('{"data":{"twice":42}}');
  });

  it('may change status, headers and members of the answer', async () => {
    const { answers } = await expectSame((tell) => [
      tellingPlugin('first', tell, {
        requestDidStart: ({ response }) => void response.http.headers.set('X-Early', '1'),
        willSendResponse({ response: { http, body } }) {
          http.status = 203;
          http.headers.set('content-type', 'application/x-own; charset=utf-8');
          http.headers.set('cache-control', 'max-age=5');
          if (body?.kind !== 'single') return;
          body.singleResult.extensions = { more: true };
          if (body.singleResult.data) body.singleResult.data['greeting'] = 'Changed';
        },
      }),
    ]);

    expect(answers.at(0)).toMatchObject({
      status: 203,
      headers: { 'content-type': 'application/x-own; charset=utf-8', 'x-early': '1', 'cache-control': 'max-age=5' },
      body: '{"data":{"greeting":"Changed"},"extensions":{"more":true}}',
    });
  });

  it('may answer in the place of the engine', async () => {
    const { executed } = await expectSame((tell) => [
      tellingPlugin('first', tell),
      {
        requestDidStart: async () => ({
          responseForOperation: async () => ({
            http: { status: 299, headers: new HeaderMap([['x-from', 'plugin']]) },
            body: { kind: 'single', singleResult: { data: { greeting: 'from the plugin' } } },
          }),
        }),
      },
      tellingPlugin('second', tell),
    ]);

    expect(executed).toEqual([]);
  });

  it('may be plain functions, and may listen to nothing', async () => {
    await expectSame((tell) => [
      {},
      { requestDidStart: async () => undefined },
      { requestDidStart: async () => ({}) },
      { requestDidStart: async () => ({ executionDidStart: async () => undefined }) },
      { serverWillStart: async () => tell('serverWillStart') },
    ]);
  });
});
