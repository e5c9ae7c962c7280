import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { serverAudits } from 'graphql-http';
import { startGraphql } from './testing/start-graphql.ts';

let gateway: Awaited<ReturnType<typeof startGraphql>>;

beforeAll(async () => {
  gateway = await startGraphql();
});
afterAll(() => gateway.close());

/** As browsers' clients do: without that header a GET is refused, because a foreign page could have sent it. */
const fetchFn: typeof fetch = (url, init) => {
  const headers = { ...(init?.headers as Record<string, string>), 'apollo-require-preflight': 'true' };
  return fetch(url, { ...init, headers });
};

describe('GraphQL over HTTP, by the audits of graphql-http,', () => {
  const audits = serverAudits({ url: () => `${gateway.url}/graphql`, fetchFn });

  it('is audited whole', () => {
    expect(audits.length).toBeGreaterThanOrEqual(61);
  });

  /** With `application/json` an operation that cannot be executed should be answered with 200; see decision 27. */
  const answeredWith400 = new Set(['572B', 'FDE2', '7B9B']);

  it.each(audits.map((audit) => [`${audit.id} ${audit.name}`, audit] as const))('%s', async (_name, audit) => {
    const result = await audit.fn();

    const expected = answeredWith400.has(audit.id) ? 'warn: Response status code is not 200' : '';
    expect(result.status === 'ok' ? '' : `${result.status}: ${result.reason}`).toBe(expected);
  });
});
