import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { signIn } from '@storefront/stack/src/sign-in.ts';
import type { RunningStack } from '@storefront/stack/src/start-stack.ts';
import { ask } from '../answers.ts';

const open = 'mutation ($input: CreateUserInput!) { createUser(input: $input) { __typename } }';

/**
 * Opens accounts for so many customers and signs them in. Returns the file with an Authorization of each; it is gone with the stack, and
 * the tokens in it last for ten minutes. @throws Error when an account is refused
 */
export async function writeCallers(
  { gateway, state }: Pick<RunningStack, 'gateway' | 'state'>,
  count: number,
): Promise<string> {
  const lines: string[] = [];
  for (let number = 0; number < count; number += 1) {
    const account = { email: `bench-${crypto.randomUUID()}@example.com`, password: crypto.randomUUID() };
    const variables = { input: { name: `Customer ${number}`, ...account } };
    const answer = await ask(gateway.graphql, JSON.stringify({ query: open, variables }), {});
    if (!JSON.stringify(answer).includes('CreateUserSuccess')) throw new Error(`refused: ${JSON.stringify(answer)}`);
    const { token } = await signIn(gateway.graphql, { ...account, name: `Customer ${number}`, role: 'CUSTOMER' });
    lines.push(`Bearer ${token}`);
  }
  const path = join(state, 'callers.txt');
  await writeFile(path, `${lines.join('\n')}\n`, { mode: 0o600 });
  return path;
}
