import { afterEach, describe, expect, it } from '@jest/globals';
import type { Explanation } from '../engine/explain/explanation.ts';
import { type Closers, post, startFileGateway } from './testing/file-gateway.ts';

const closers: Closers = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const query = 'query Lent { book { title borrower } secret }';

describe('POST /explain', () => {
  it('tells the plan as a tree, what each fetch took and where, and what the caller may not have', async () => {
    const { url } = await startFileGateway(closers, {});

    const response = await post(`${url}/explain`, { query });

    expect(response.status).toBe(200);
    const told = (await response.json()) as Explanation & { errorCodes: string[] };
    const attempt = { instance: expect.stringContaining('books'), outcome: 200 };
    expect(told).toMatchObject({
      operation: { name: 'Lent', type: 'query' },
      plan: {
        kind: 'sequence',
        steps: [
          { kind: 'fetch', number: 1, subgraph: 'books', path: '', runs: [{ entities: null, attempts: [attempt] }] },
          { kind: 'fetch', number: 2, subgraph: 'loans', path: 'book', runs: [{ entities: 1, outcome: 'answered' }] },
        ],
      },
      policies: {
        applied: [{ on: 'Query.secret', rules: ['@authenticated'], isSatisfied: false }],
        denied: [{ path: ['secret'], code: 'UNAUTHORIZED_FIELD_OR_TYPE' }],
        isDeniedWhole: false,
      },
      cost: { estimated: expect.any(Number), actual: expect.any(Number) },
      errorCodes: ['UNAUTHORIZED_FIELD_OR_TYPE'],
    });
    expect(told.instances.map(({ subgraph, breaker }) => `${subgraph} ${breaker}`).sort()).toEqual([
      'books closed',
      'loans closed',
    ]);
    expect(told.timings.totalMs).toBeGreaterThan(0);
  });

  it('gives the plan as text or as a picture to whoever asks for that', async () => {
    const { url } = await startFileGateway(closers, {});

    const [text, picture] = await Promise.all(
      ['text/plain', 'image/svg+xml'].map((accept) => post(`${url}/explain`, { query }, { accept })),
    );

    expect(await text?.text()).toMatch(
      /^one after the other\n {2}1 books\n {5}[\d.]+ ms from .*\n {2}2 loans {2}book\n/,
    );
    expect(picture?.headers.get('content-type')).toContain('image/svg+xml');
    const svg = (await picture?.text()) ?? '';
    expect(svg).toMatch(/^<svg .*<\/svg>$/);
    expect(svg.match(/<rect class="bar"/g)).toHaveLength(2);
  });

  it('executes nothing when it shall not, and never what changes something', async () => {
    const { url } = await startFileGateway(closers, {});

    const planned = await (await post(`${url}/explain`, { query, execute: false })).json();
    const mutation = await (await post(`${url}/explain`, { query: 'mutation { lend }' })).json();
    const forced = await post(`${url}/explain`, { query: 'mutation { lend }', execute: true });

    expect(planned).toMatchObject({ timings: { totalMs: null }, plan: { steps: [{ runs: [] }, { runs: [] }] } });
    expect(mutation).toMatchObject({ plan: { operation: 'mutation', runs: [] }, timings: { totalMs: null } });
    expect(forced.status).toBe(400);
    expect(await forced.json()).toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  it.each([
    ['a body without a query', {}, 400, 'BAD_USER_INPUT'],
    ['a member that it does not know', { query, depth: 1 }, 400, 'BAD_USER_INPUT'],
    ['a document that cannot be read', { query: '{' }, 400, 'GRAPHQL_PARSE_FAILED'],
    ['a field that is not there', { query: '{ nothing }' }, 400, 'GRAPHQL_VALIDATION_FAILED'],
  ])('refuses %s with a code, as problem+json', async (_, body, status, code) => {
    const { url } = await startFileGateway(closers, {});

    const response = await post(`${url}/explain`, body);

    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(await response.json()).toMatchObject({ code });
  });

  it('is for administrators in production', async () => {
    const { url } = await startFileGateway(closers, { NODE_ENV: 'production' });

    const response = await post(`${url}/explain`, { query });

    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});

describe('extensions.explain', () => {
  it('comes with an answer whose request asks for it', async () => {
    const { url } = await startFileGateway(closers, {});

    const answer = await (await post(`${url}/graphql`, { query, extensions: { explain: true } })).json();

    expect(answer).toMatchObject({
      data: { book: { title: 'Emma', borrower: 'Ada' }, secret: null },
      extensions: { explain: { plan: { steps: [{ runs: [{}] }, { runs: [{}] }] }, text: expect.any(String) } },
    });
  });

  it('says why not to whoever may not have it, and answers all the same', async () => {
    const { url } = await startFileGateway(closers, { NODE_ENV: 'production' });

    const answer = await (
      await post(`${url}/graphql`, { query: '{ book { title } }', extensions: { explain: true } })
    ).json();

    expect(answer).toEqual({
      data: { book: { title: 'Emma' } },
      extensions: { explain: { error: { code: 'FORBIDDEN', message: expect.any(String) } } },
    });
  });
});
