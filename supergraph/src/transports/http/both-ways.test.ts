import { describe, expect, it } from '@jest/globals';
import { constantFrom, record, sample } from 'fast-check';
import { askBothWays } from './testing/both-ways.ts';
import type { RawRequest } from './testing/both-ways.ts';
import {
  otherRequests,
  sampleAccepts,
  sampleBodies,
  sampleContentTypes,
  sampleHeaders,
} from './testing/sample-requests.ts';

interface Parts {
  readonly accept?: string | undefined;
  readonly type?: string | undefined;
  readonly more?: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** A POST of JSON that any client might send, but for what is given. */
function aPost({ accept = 'application/json', type = 'application/json', more = {}, body }: Parts): RawRequest {
  const headers = { ...(accept ? { accept } : {}), ...(type ? { 'content-type': type } : {}), ...more };
  return { headers, ...(body === undefined ? {} : { body }) };
}

async function expectSame(requests: readonly RawRequest[], options: Parameters<typeof askBothWays>[1] = {}) {
  const { short, apollo } = await askBothWays(requests, options);

  expect(short).toEqual(apollo);
  return short;
}

describe('the short way and the way through Apollo Server', () => {
  it('answer every kind of body alike', async () => {
    const { answers } = await expectSame(sampleBodies.map((body) => aPost({ body })));

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 400, 413, 418, 500]));
  });

  it('answer every kind of body alike in production', async () => {
    await expectSame(
      sampleBodies.map((body) => aPost({ body })),
      { isProduction: true },
    );
  });

  it.each(['{ greeting }', '{ broken }', '{ nothing }', 'query Teapot { greeting }'])(
    'choose the same media type for %s',
    async (query) => {
      const body = JSON.stringify({ query });
      const requests = sampleAccepts.map((accept) => ({ ...aPost({ body, accept: accept ?? '' }) }));

      const { answers } = await expectSame(requests);

      expect(new Set(answers.map(({ headers }) => headers['content-type'])).size).toBeGreaterThan(2);
    },
  );

  it('take and refuse the same types of body', async () => {
    const body = '{"query":"{ greeting }"}';

    const { answers } = await expectSame(sampleContentTypes.map((type) => aPost({ body, type: type ?? '' })));

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 400, 415]));
  });

  it('know the same callers, and refuse the same requests of foreign pages', async () => {
    const bodies = ['{"query":"{ whoami }"}', '{"query":"{ nothing }"}', '{}'];
    const requests = sampleHeaders.flatMap((more) =>
      ['application/json', 'text/plain', ''].flatMap((type) => bodies.map((body) => aPost({ body, more, type }))),
    );

    const { answers } = await expectSame(requests);

    expect(answers.map(({ status }) => status)).toContain(401);
  });

  it('treat other methods and paths alike', async () => {
    const { answers } = await expectSame(otherRequests);

    expect(answers.map(({ status }) => status)).toContain(405);
  });

  it('charge alike and refuse at the same request', async () => {
    const requests = ['{ a: greeting b: greeting }', '{ nothing }', '{ greeting }'].map((query) =>
      aPost({ body: JSON.stringify({ query }) }),
    );

    const { answers } = await expectSame([...requests, ...requests], { burst: 9 });

    expect(answers.map(({ status }) => status)).toContain(429);
  });

  it('agree on whatever else can come together', async () => {
    const seed = Date.now() % 1_000_000;
    const parts = record({
      accept: constantFrom(...sampleAccepts.map((accept) => accept ?? '')),
      type: constantFrom(...sampleContentTypes.slice(0, 6).map((type) => type ?? '')),
      more: constantFrom(...sampleHeaders),
      body: constantFrom(...sampleBodies),
    });
    const requests = sample(parts, { numRuns: 300, seed }).map((one) => aPost(one));

    const { short, apollo } = await askBothWays(requests);

    const differing = short.answers.findIndex(
      (answer, index) => JSON.stringify(answer) !== JSON.stringify(apollo.answers[index]),
    );
    expect({ seed, differing, request: requests[Math.floor(differing / 2)] }).toEqual({ seed, differing: -1 });
    expect(short).toEqual(apollo);
  });
});
