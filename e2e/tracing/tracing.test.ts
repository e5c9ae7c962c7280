import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newTraceparent } from '@storefront/platform/telemetry/trace-context.ts';
import {
  openTraceReceiver,
  type ReceivedSpan,
  type TraceReceiver,
} from '@storefront/platform/testing/trace-receiver.ts';
import { until } from '@storefront/platform/testing/until.ts';
import { type Customer, newCustomer } from '../testing/customers.ts';
import { type LiveTest, subscribe } from '../testing/graphql.ts';
import { newProduct } from '../testing/products.ts';
import { account, sharedStack } from '../testing/stack.ts';

const stack = sharedStack();
const patiently = { timeoutMs: 20_000 };

const subscription = `subscription OrderPlaced {
  orderCreated { cursor order { id buyer { name } lines { quantity product { name } } } }
}`;
const mutation = `mutation PlaceOrder($input: CreateOrderInput!) {
  createOrder(input: $input) { __typename ... on CreateOrderSuccess { order { id } } }
}`;

/** A span by its place: `service name`, and the same of those below it, in the order of their names. */
interface Branch {
  readonly span: string;
  readonly below: readonly Branch[];
}

function growTree(spans: readonly ReceivedSpan[], under: string): Branch[] {
  return spans
    .filter(({ parentSpanId }) => parentSpanId === under)
    .map((span) => ({ span: `${span.service} ${span.name}`, below: growTree(spans, span.spanId) }))
    .sort((a, b) => (a.span < b.span ? -1 : 1));
}

const pathsOf = (branches: readonly Branch[]): string[] =>
  branches.flatMap(({ span, below }) => [span, ...pathsOf(below).map((path) => `${span} > ${path}`)]);

describe('the trace of an order', () => {
  const traceparent = newTraceparent();
  let receiver: TraceReceiver;
  let live: LiveTest;
  let ada: Customer;
  let spans: readonly ReceivedSpan[];
  let paths: readonly string[];

  const named = (name: string) => spans.filter((span) => span.name === name);

  beforeAll(async () => {
    receiver = await openTraceReceiver(Number(process.env['E2E_TRACES_PORT']));
    ada = await newCustomer(stack, 'Ada');
    // Its price is not in anybody's memory yet.
    const productId = await newProduct(stack.gateway.graphql, { token: account(stack, 'admin').token });
    live = await subscribe(stack.gateway.websocket, { query: subscription, token: ada.token });
    const placed = await fetch(stack.gateway.graphql, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${ada.token}`, traceparent },
      body: JSON.stringify({ query: mutation, variables: { input: { lines: [{ productId, quantity: 1 }] } } }),
    });
    expect(await placed.json()).toMatchObject({ data: { createOrder: { __typename: 'CreateOrderSuccess' } } });
    expect(await live.next()).toMatchObject({ data: { orderCreated: { order: { buyer: { name: ada.name } } } } });
    const traceId = traceparent.slice(3, 35);
    const awaited = [
      'push order.created',
      'process users.user_notifications',
      'process products.stock',
      'process orders.saga',
    ];
    spans = await until(() => {
      const found = receiver.spans.filter((span) => span.traceId === traceId);
      const known = new Set([traceparent.slice(36, 52), ...found.map(({ spanId }) => spanId)]);
      const isWhole = found.every(({ parentSpanId }) => known.has(parentSpanId ?? ''));
      return isWhole && awaited.every((name) => found.some((span) => span.name === name)) && found;
    }, patiently);
    paths = pathsOf(growTree(spans, traceparent.slice(36, 52)));
  });

  afterAll(async () => {
    await live.close();
    await receiver.close();
  });

  const request = 'gateway POST /graphql > gateway mutation PlaceOrder';
  const orders = `${request} > gateway fetch orders > gateway POST > orders mutation PlaceOrder__orders`;

  const bridge = `${orders} > orders publish orders > gateway process supergraph.live-events`;

  it('is one tree: every span stands below the request', () => {
    expect(paths).toHaveLength(spans.length);
  });

  it.each([
    ['the plan', `${request} > gateway plan`],
    ['the fetch and its attempt', `${request} > gateway fetch orders > gateway POST`],
    ['the rate limit in Redis', 'gateway POST /graphql > gateway EVALSHA'],
    ['the statements of the subgraph', `${orders} > orders INSERT orders`],
    ['the question for prices', `${orders} > orders POST`],
    ['the publication', `${orders} > orders publish orders`],
    ['the bridge', bridge],
    ['the stock', `${orders} > orders publish orders > products process products.stock`],
    ['the notification', `${orders} > orders publish orders > users process users.user_notifications`],
    ['the execution for the subscriber', `${bridge} > gateway subscription OrderPlaced`],
    ['the push to the subscriber', `${bridge} > gateway push order.created`],
  ])('has %s', (_, path) => {
    expect(paths.map((one) => one.replace(/ PlaceOrder__orders__\d+/, ' PlaceOrder__orders'))).toContain(path);
  });

  it('goes on in the saga: what products answers is handled by orders in the same trace', () => {
    expect(paths.some((path) => /products process products\.stock > .*orders process orders\.saga/.test(path))).toBe(
      true,
    );
  });

  it('links whoever handles an event to what the event tells of, and a push to the subscription', () => {
    const [created] = spans.filter(({ service, kind }) => service === 'orders' && kind === 'server');
    const [handled] = named('process users.user_notifications');
    const [push] = named('push order.created');

    expect(handled?.links).toEqual([created?.spanId]);
    expect(handled).toMatchObject({ kind: 'consumer', attributes: { 'messaging.system': 'rabbitmq' } });
    expect(push?.kind).toBe('producer');
    expect(push?.links).toHaveLength(1);
  });

  it('tells what it tells by the names of the conventions', () => {
    expect(named('POST /graphql')[0]?.attributes).toMatchObject({
      'http.request.method': 'POST',
      'http.route': '/graphql',
      'http.response.status_code': 200,
      'graphql.operation.name': 'PlaceOrder',
      'graphql.operation.type': 'mutation',
    });
    expect(named('INSERT orders')[0]?.attributes).toMatchObject({
      'db.system.name': 'postgresql',
      'db.operation.name': 'INSERT',
      'db.collection.name': 'orders',
      'db.query.text': expect.stringContaining('insert into outbox'),
    });
    expect(named('EVALSHA')[0]?.attributes).toMatchObject({ 'db.system.name': 'redis' });
  });

  it('holds no token, e-mail address or value of a statement', () => {
    const text = JSON.stringify(spans);

    expect(text).not.toMatch(/eyJ[\w-]+\.|Bearer/);
    expect(text).not.toContain(ada.email);
    expect(text).not.toContain(ada.name);
  });

  it('has the id that its caller gave it', () => {
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([traceparent.slice(3, 35)]));
  });
});
