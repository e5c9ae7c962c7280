import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { type HostileGateway, sendRaw, startHostileGateway } from './testing/hostile-gateway.ts';
import { hostileOperations, textOf } from './testing/hostile-operations.ts';
import { hostileRequests } from './testing/hostile-requests.ts';

const secrets = {
  password: 'correct-horse-battery-staple',
  email: 'ada.lovelace@private.example',
  token: 'eyJhbGciOiJFZERTQSJ9.c2VjcmV0LXRva2Vu.c2lnbmF0dXJl',
  cookie: 'session-cookie-of-ada',
};
const { password, email, token, cookie } = secrets;
const signIn = `mutation { signIn(input: { email: "${email}", password: "${password}" }) { __typename } }`;
const withVariables = {
  query: 'mutation ($input: SignInInput!) { signIn(input: $input) { __typename } }',
  variables: { input: { email, password } },
};
/** Each way in which a client may tell a secret, rightly or wrongly. */
const tellers = [
  { query: signIn },
  { query: signIn.replace('__typename', 'nothing') },
  { query: `${signIn} }` },
  { query: `# ${password} ${email} ${token}` },
  { query: signIn.replace('mutation', 'mutation SignIn'), operationName: email },
  withVariables,
  { ...withVariables, variables: { input: { email, password, [password]: token } } },
  { ...withVariables, variables: { input: email } },
  { ...withVariables, operationName: token },
  { query: '{ me { id } }', extensions: { persistedQuery: { version: 1, sha256Hash: token } }, documentId: email },
  { query: 'mutation ($t: String!) { refreshSession(refreshToken: $t) { __typename } }', variables: { t: token } },
  { query: `{ ${'a:me{id} '.repeat(40)} }`, variables: { password } },
];

let gateway: HostileGateway;

beforeAll(async () => {
  gateway = await startHostileGateway();
}, 60_000);
afterAll(() => gateway?.close());

async function overWebsocket(payload: object): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, cookie };
  const socket = new WebSocket(`ws://${gateway.address.host}/graphql`, 'graphql-transport-ws', { headers });
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: 'Bearer ada', password, email } }));
  await once(socket, 'message');
  const heard = once(socket, 'message');
  socket.send(JSON.stringify({ id: email, type: 'subscribe', payload }));
  await heard;
  socket.send(`{"${password}`);
  await once(socket, 'close');
}

describe('the log of a gateway that is attacked', () => {
  it('has no token, no password, no e-mail address and no cookie, at the finest level', async () => {
    const json = { 'content-type': 'application/json', cookie, 'x-request-id': email };
    const known = { ...json, authorization: 'Bearer ada' };
    const unknown = { ...json, authorization: `Bearer ${token}` };
    for (const teller of tellers) {
      const body = JSON.stringify(teller);
      for (const headers of [known, unknown, { ...known, accept: 'text/event-stream' }]) {
        await sendRaw(gateway.address, { method: 'POST', headers, body });
      }
      await sendRaw(gateway.address, { method: 'POST', headers: known, body: body.slice(0, -1) });
      const search = new URLSearchParams({ query: teller.query, password, access_token: token });
      await sendRaw(gateway.address, { path: `/graphql?${search.toString()}`, headers: known });
      await overWebsocket(teller);
    }
    const signIns = [
      JSON.stringify({ email, password }),
      JSON.stringify({ email, password: [password] }),
      `{"${password}`,
    ];
    for (const body of signIns)
      await sendRaw(gateway.address, { method: 'POST', path: `/api/v1/sign-in?email=${email}`, headers: json, body });
    await sendRaw(gateway.address, { path: `/${token}/${email}?token=${token}`, headers: unknown });
    for (const hostile of hostileRequests) await sendRaw(gateway.address, hostile);
    for (const { payload } of hostileOperations)
      await sendRaw(gateway.address, { method: 'POST', headers: known, body: textOf(payload) });

    const lines = gateway.logged.map((line) => JSON.stringify(line));

    expect(lines.length).toBeGreaterThan(100);
    for (const secret of Object.values(secrets)) expect(lines.filter((line) => line.includes(secret))).toEqual([]);
    expect(lines.filter((line) => /[\w.]+@[\w-]+\.\w+|Bearer |eyJ/.test(line))).toEqual([]);
  }, 60_000);
});
