import { ask } from './graphql.ts';
import type { StackAddresses } from './stack.ts';

/** A customer whom no other test knows. */
export interface Customer {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly password: string;
  readonly token: string;
}

/** Creates an account through the graph and signs in. */
export async function newCustomer(stack: Pick<StackAddresses, 'gateway'>, name: string): Promise<Customer> {
  const email = `${name.toLowerCase()}-${crypto.randomUUID()}@example.com`;
  const password = crypto.randomUUID();
  const answer = await ask(stack.gateway.graphql, {
    query: `mutation ($input: CreateUserInput!, $signIn: SignInInput!) {
      createUser(input: $input) { ... on CreateUserSuccess { user { id } } }
      signIn(input: $signIn) { ... on SignInSuccess { session { accessToken } } }
    }`,
    variables: { input: { name, email, password }, signIn: { email, password } },
  });
  const { createUser, signIn } = answer.data;
  return { id: createUser.user.id, name, email, password, token: signIn.session.accessToken };
}
