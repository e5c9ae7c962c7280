import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { anonymous, type Caller, readCaller } from '@storefront/platform/identity/caller.ts';
import { createInternalTokens, type Purpose } from '@storefront/platform/identity/internal-tokens.ts';
import { until } from '@storefront/platform/testing/until.ts';
import { decodeJwt, type JWK } from 'jose';
import { newCustomer } from '../testing/customers.ts';
import { ask, type GraphQLAnswer } from '../testing/graphql.ts';
import { newProduct } from '../testing/products.ts';
import { account, type StackAddresses } from '../testing/stack.ts';
import type { Who } from './law.ts';
import type { Subgraph } from './schema-paths.ts';

/** Something to be seen: an account with an order, a notification and a session. */
export interface Belongings {
  readonly id: string;
  readonly email: string;
  readonly password: string;
  readonly token: string;
  readonly orderId: string;
  readonly sessionId: string;
}

/** What a question says. `extensions` are for events. */
export interface Question {
  readonly query: string;
  readonly variables?: Record<string, unknown>;
  readonly extensions?: object;
}

/** The callers, and the ways to ask as one of them. */
export interface World {
  readonly owner: Belongings;
  readonly productId: string;
  /** Makes one more account with belongings. */
  newOwner(): Promise<Belongings>;
  newProduct(): Promise<string>;
  /** `owner` is who owns what is asked for. */
  askGateway(who: Who, question: Question, owner: Belongings): Promise<GraphQLAnswer>;
  /** Past the gateway, with a token as the gateway would make it. */
  askSubgraph(
    at: { name: Subgraph; purpose?: Purpose },
    who: Who,
    question: Question,
    owner: Belongings,
  ): Promise<GraphQLAnswer>;
}

/** Opens the world on a running stack. */
export async function openWorld(stack: StackAddresses): Promise<World> {
  const { gatewaySigningKey } = JSON.parse(readFileSync(join(stack.state, 'secrets.json'), 'utf8')) as {
    gatewaySigningKey: JWK;
  };
  const tokens = createInternalTokens({ signingKey: gatewaySigningKey, issuer: 'gateway' });
  const admin = account(stack, 'admin').token;
  const other = await newCustomer(stack, 'Other');
  const tokenOf = (who: Who, owner: Belongings) =>
    ({ anonymous: undefined, 'another customer': other.token, owner: owner.token, admin })[who];
  const makeProduct = () => newProduct(stack.gateway.graphql, { token: admin });
  const productId = await makeProduct();
  const newOwner = () => createOwner(stack, productId);
  return {
    owner: await newOwner(),
    productId,
    newOwner,
    newProduct: makeProduct,
    askGateway: (who, question, owner) => {
      const token = tokenOf(who, owner);
      return ask(stack.gateway.graphql, { ...question, ...(token ? { token } : {}) });
    },
    async askSubgraph({ name, purpose = 'query' }, who, question, owner) {
      const caller = callerOf(tokenOf(who, owner));
      const response = await fetch(`${stack.services[name]}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${await tokens.mint({ audience: name, caller, purpose })}`,
        },
        body: JSON.stringify(question),
      });
      return (await response.json()) as GraphQLAnswer;
    },
  };
}

/** Whom the gateway would name to a subgraph. */
function callerOf(accessToken: string | undefined): Caller {
  if (accessToken === undefined) return anonymous;
  const { sub, scope, sid } = decodeJwt<{ scope: string; sid: string }>(accessToken);
  return readCaller(sub, scope, sid);
}

async function createOwner(stack: StackAddresses, productId: string): Promise<Belongings> {
  const { id, email, password, token } = await newCustomer(stack, 'Owner');
  const { data } = await ask(stack.gateway.graphql, {
    token,
    query: `mutation ($id: ID!) { createOrder(input: { lines: [{ productId: $id }] }) { ... on CreateOrderSuccess { order { id } } } }`,
    variables: { id: productId },
  });
  const isNotified = '{ me { notifications { nodes { id } } sessions { id } } }';
  const sessionId = await until(
    async () => {
      const { data: seen } = await ask(stack.gateway.graphql, { token, query: isNotified });
      return seen.me.notifications?.nodes.length > 0 ? seen.me.sessions[0].id : null;
    },
    { timeoutMs: 20_000 },
  );
  return { id, email, password, token, orderId: data.createOrder.order.id, sessionId };
}
