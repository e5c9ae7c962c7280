import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@storefront/platform/testing/until.ts';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { type Customer, newCustomer } from '../testing/customers.ts';
import { ask } from '../testing/graphql.ts';
import { sharedStack } from '../testing/stack.ts';

const stack = sharedStack();
const [replicaA = '', replicaB = ''] = stack.replicas?.gateway ?? [];

interface Session {
  readonly accessToken: string;
  readonly refreshToken: string;
}

let customer: Customer;
let staying: Session;
let leaving: Session;
const closers: (() => unknown)[] = [];

beforeAll(async () => {
  customer = await newCustomer(stack, 'Ada');
});
beforeEach(async () => {
  [staying, leaving] = [await signIn('staying'), await signIn('leaving')];
});
afterAll(() => {
  for (const close of closers) close();
});

async function signIn(clientName: string): Promise<Session> {
  const { email, password } = customer;
  const { data } = await ask(stack.gateway.graphql, {
    query:
      'mutation ($input: SignInInput!) { signIn(input: $input) { ... on SignInSuccess { session { accessToken refreshToken } } } }',
    variables: { input: { email, password, clientName } },
  });
  return data.signIn.session;
}

async function refresh(refreshToken: string): Promise<Session | undefined> {
  const { data } = await ask(`${replicaA}/graphql`, {
    query:
      'mutation ($token: String!) { refreshSession(refreshToken: $token) { ... on RefreshSessionSuccess { session { accessToken refreshToken } } } }',
    variables: { token: refreshToken },
  });
  return data.refreshSession.session;
}

const sessionIdOf = ({ refreshToken }: Session) => refreshToken.split('.')[0];

/** Opens a socket and tells with which codes it was closed. */
async function connect(replica: string, { accessToken }: Session): Promise<number[]> {
  const codes: number[] = [];
  const client = createClient({
    url: `${replica.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    lazy: false,
    retryAttempts: 0,
    connectionParams: { authorization: `Bearer ${accessToken}` },
    onNonLazyError: () => undefined,
  });
  closers.push(() => client.dispose());
  client.on('closed', (event) => codes.push((event as { code: number }).code));
  for await (const _ of client.iterate({ query: '{ __typename }' }));
  return codes;
}

const codeFor = async (replica: string, { accessToken }: Session) =>
  (await ask(`${replica}/graphql`, { query: '{ me { id } }', token: accessToken })).errors?.[0]?.extensions?.['code'];

/** What ends the session that leaves. */
const endings: Readonly<Record<string, () => Promise<unknown>>> = {
  'that signs out': () =>
    ask(`${replicaA}/graphql`, {
      query: 'mutation ($token: String!) { signOut(refreshToken: $token) { signedOut } }',
      variables: { token: leaving.refreshToken },
    }),
  'that its owner revokes from another one': () =>
    ask(`${replicaA}/graphql`, {
      query: 'mutation ($id: ID!) { revokeSession(id: $id) { __typename } }',
      variables: { id: sessionIdOf(leaving) },
      token: staying.accessToken,
    }),
  'whose refresh token was stolen and comes again': async () => {
    const second = await refresh(leaving.refreshToken);
    const third = await refresh(second?.refreshToken ?? '');
    expect(third).toBeDefined();
    expect(await refresh(leaving.refreshToken)).toBeUndefined();
    expect(await refresh(third?.refreshToken ?? '')).toBeUndefined();
  },
};

describe('a session', () => {
  it.each(Object.keys(endings))(
    '%s closes its sockets at every gateway within a second, and no others, and its token counts no more',
    async (how) => {
      const left = [await connect(replicaA, leaving), await connect(replicaB, leaving)];
      const stayed = await connect(replicaB, staying);

      await endings[how]?.();
      await until(() => left.every((codes) => codes.length === 1));

      expect(left).toEqual([[4403], [4403]]);
      expect(stayed).toEqual([]);
      expect([await codeFor(replicaA, leaving), await codeFor(replicaB, leaving)]).toEqual([
        'UNAUTHENTICATED',
        'UNAUTHENTICATED',
      ]);
      expect(await codeFor(replicaB, staying)).toBeUndefined();
    },
  );

  it('survives twenty refreshes at once, as a client makes them that gets no answer, and is one family', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(leaving.refreshToken)));

    const successors = new Set(answers.map((answer) => answer?.refreshToken));
    expect(successors.size).toBe(1);
    expect(await refresh([...successors][0] ?? '')).toBeDefined();
    expect(await codeFor(replicaA, leaving)).toBeUndefined();
  });

  it('is listed for its owner', async () => {
    const { data } = await ask(stack.gateway.graphql, {
      query: '{ me { sessions { id clientName current } } }',
      token: leaving.accessToken,
    });

    expect(data.me.sessions).toEqual(
      expect.arrayContaining([
        { id: sessionIdOf(staying), clientName: 'staying', current: false },
        { id: sessionIdOf(leaving), clientName: 'leaving', current: true },
      ]),
    );
  });

  it('ends with every other one when the password changes', async () => {
    const password = crypto.randomUUID();
    const left = [await connect(replicaA, staying), await connect(replicaB, leaving)];

    await ask(stack.gateway.graphql, {
      query: 'mutation ($input: UpdateUserInput!) { updateUser(input: $input) { __typename } }',
      variables: { input: { id: customer.id, password } },
      token: staying.accessToken,
    });
    await until(() => left.every((codes) => codes.length === 1));
    customer = { ...customer, password };

    expect(left).toEqual([[4403], [4403]]);
    expect(await refresh(staying.refreshToken)).toBeUndefined();
    expect(await codeFor(replicaB, leaving)).toBe('UNAUTHENTICATED');
  });
});
