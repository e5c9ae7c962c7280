import { beforeEach, describe, expect, it } from '@jest/globals';
import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import { anonymous, type Caller } from '@storefront/platform/identity/caller.ts';
import type { SubgraphAnswer, SubgraphClient, SubgraphSend } from './client.ts';
import { shareInFlight } from './share-in-flight.ts';

const text = '{"data":{"x":[1]}}';
const answer = { status: 200, json: JSON.parse(text) as unknown, bytes: Buffer.from(text) };
const ada = (scope: string): Caller => ({ kind: 'user', userId: '1', scopes: new Set([scope]) });

let sent: PromiseWithResolvers<SubgraphAnswer>[];
let client: SubgraphClient;
beforeEach(() => {
  sent = [];
  client = shareInFlight({
    send() {
      const pending = Promise.withResolvers<SubgraphAnswer>();
      sent.push(pending);
      return pending.promise;
    },
    close: async () => undefined,
  });
});

const send = (part: Partial<SubgraphSend> = {}) =>
  client.send({
    subgraph: 'things',
    body: '{"query":"{ x }"}',
    caller: anonymous,
    purpose: 'query',
    signal: new AbortController().signal,
    traceparent: '',
    clientAddress: '10.0.0.1',
    deadlineMs: 5_000,
    isMutation: false,
    mayShare: true,
    ...part,
  });

describe('shareInFlight', () => {
  it('sends equal requests once and gives each caller an answer of its own', async () => {
    const both = [send(), send({ traceparent: 'another' })];
    sent[0]?.resolve(answer);

    const [first, second] = await Promise.all(both);

    expect(sent).toHaveLength(1);
    expect(second?.json).toEqual(first?.json);
    expect(second?.json).not.toBe(first?.json);
  });

  it('lets nobody who has written read what was asked for before', async () => {
    void send();
    const mutation = send({ body: '{"query":"mutation { y }"}', isMutation: true, mayShare: false });
    sent[1]?.resolve(answer);
    await mutation;

    void send();

    expect(sent).toHaveLength(3);
  });

  it('keeps nothing once it is answered', async () => {
    const first = send();
    sent[0]?.resolve(answer);
    await first;

    void send();

    expect(sent).toHaveLength(2);
  });

  it.each<[string, Partial<SubgraphSend>]>([
    ['another body', { body: '{"query":"{ y }"}' }],
    ['another subgraph', { subgraph: 'others' }],
    ['another address', { clientAddress: '10.0.0.2' }],
    ['another user', { caller: ada('a') }],
    ['another authorization', { caller: { kind: 'anonymous', authorization: 'Bearer x' } }],
    ['a mutation', { isMutation: true }],
    ['an event', { purpose: 'event' }],
    ['one that must be fresh', { mayShare: false }],
  ])('does not share %s', (_, part) => {
    void send();
    void send(part);

    expect(sent).toHaveLength(2);
  });

  it('tells users apart by their scopes', () => {
    void send({ caller: ada('a') });
    void send({ caller: ada('b') });
    void send({ caller: ada('a') });

    expect(sent).toHaveLength(2);
  });

  it('gives each the same fault', async () => {
    const both = [send(), send()];
    sent[0]?.reject(new CodedError('SUBGRAPH_UNAVAILABLE', 'down'));

    const outcomes = await Promise.allSettled(both);

    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(sent).toHaveLength(1);
  });

  it('sends again when the one who sent it has gone', async () => {
    const first = send();
    const second = send();
    sent[0]?.reject(new Error('gone'));
    await expect(first).rejects.toThrow('gone');

    sent[1]?.resolve(answer);

    await expect(second).resolves.toEqual(answer);
  });

  it('sends again when the one who sent it had less time', async () => {
    const first = send({ deadlineMs: 0 });
    const second = send();
    sent[0]?.reject(new CodedError('DEADLINE_EXCEEDED', 'late'));
    await expect(first).rejects.toThrow('late');

    sent[1]?.resolve(answer);

    await expect(second).resolves.toEqual(answer);
  });

  it('lets a caller leave without taking the answer from the others', async () => {
    const leaving = new AbortController();
    const [first, second] = [send(), send({ signal: leaving.signal })];
    leaving.abort(new Error('left'));

    await expect(second).rejects.toThrow('left');
    sent[0]?.resolve(answer);

    await expect(first).resolves.toBe(answer);
    expect(sent).toHaveLength(1);
  });
});
