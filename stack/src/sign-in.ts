import { setTimeout as delay } from 'node:timers/promises';
import type { Account } from './description.ts';
import { StackFault, textOf } from './fault.ts';
import type { SeedAccount } from './secrets.ts';

const document =
  'mutation SignIn($input: SignInInput!) { signIn(input: $input) { __typename ... on SignInSuccess { session { accessToken } } } }';
const timeoutMs = 20_000;

/**
 * Signs an account in through the gateway, and keeps trying for 20 s: a gateway that has just become ready may be swapping
 * its graph. @throws StackFault with the last answer
 */
export async function signIn(
  graphql: string,
  { email, password, role }: SeedAccount,
  signal?: AbortSignal,
): Promise<Account> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    try {
      return { email, password, role, token: await tokenOf(graphql, { email, password }) };
    } catch (error) {
      if (performance.now() > deadline) throw new StackFault(`${email} cannot sign in at ${graphql}: ${textOf(error)}`);
    }
    await delay(200);
  }
}

async function tokenOf(graphql: string, input: { email: string; password: string }): Promise<string> {
  const response = await fetch(graphql, {
    method: 'POST',
    headers: { 'content-type': 'application/json', connection: 'close' },
    body: JSON.stringify({ query: document, operationName: 'SignIn', variables: { input } }),
    signal: AbortSignal.timeout(10_000),
  });
  const text = await response.text();
  const token = /"accessToken"\s*:\s*"([^"]+)"/.exec(text)?.[1];
  if (token === undefined) throw new StackFault(`${response.status} ${text.slice(0, 300)}`);
  return token;
}
