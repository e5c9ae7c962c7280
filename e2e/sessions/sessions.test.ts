import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@storefront/platform/testing/until.ts';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { newCustomer } from '../testing/customers.ts';
import { ask } from '../testing/graphql.ts';
import { sharedStack } from '../testing/stack.ts';

const stack = sharedStack();
const [replicaA = '', replicaB = ''] = stack.replicas?.gateway ?? [];

interface Session {
  readonly accessToken: string;
  readonly refreshToken: string;
}

describe('a session that ends', () => {
  let staying: Session;
  let leaving: Session;
  const closers: (() => unknown)[] = [];

  beforeAll(async () => {
    const { email, password } = await newCustomer(stack, 'Ada');
    const signIn = async () => {
      const { data } = await ask(stack.gateway.graphql, {
        query:
          'mutation ($input: SignInInput!) { signIn(input: $input) { ... on SignInSuccess { session { accessToken refreshToken } } } }',
        variables: { input: { email, password } },
      });
      return data.signIn.session as Session;
    };
    staying = await signIn();
    leaving = await signIn();
  });

  afterAll(() => {
    for (const close of closers) close();
  });

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

  it('closes its sockets at every gateway within two seconds, and no others, and its token counts no more', async () => {
    const left = [await connect(replicaA, leaving), await connect(replicaB, leaving)];
    const stayed = await connect(replicaB, staying);
    const signedOutAt = Date.now();

    await ask(`${replicaA}/graphql`, {
      query: 'mutation ($token: String!) { signOut(refreshToken: $token) { signedOut } }',
      variables: { token: leaving.refreshToken },
    });
    await until(() => left.every((codes) => codes.length === 1));

    expect(Date.now() - signedOutAt).toBeLessThan(2_000);
    expect(left).toEqual([[4403], [4403]]);
    expect(stayed).toEqual([]);
    const me = async ({ accessToken }: Session) =>
      (await ask(`${replicaB}/graphql`, { query: '{ me { id } }', token: accessToken })).errors?.[0]?.extensions?.[
        'code'
      ];
    expect([await me(leaving), await me(staying)]).toEqual(['UNAUTHENTICATED', undefined]);
  });
});
