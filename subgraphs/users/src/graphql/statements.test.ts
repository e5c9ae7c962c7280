import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DefaultLogger } from '@mikro-orm/core';
import { orderCreated } from '@storefront/schema/events/order-created.ts';
import { until } from '@storefront/platform/testing/until.ts';
import { anEvent, anOrder } from '../testing/events.ts';
import { type TestService, callerOf, startTestService } from '../testing/start-test-service.ts';

let service: TestService;
const logQuery = jest.spyOn(DefaultLogger.prototype, 'logQuery');
const admin = callerOf('3', 'users:read users:write');

beforeAll(async () => {
  service = await startTestService();
  for (const buyerId of ['1', '1', '2', '3']) {
    await service.bus.publish(anEvent(orderCreated, anOrder({ buyerId })), orderCreated.exchange);
  }
  await until(async () => (await countNotifications()) === 4);
});
beforeEach(() => void logQuery.mockClear());
afterAll(async () => {
  logQuery.mockRestore();
  await service.close();
});

interface Users {
  readonly users: { readonly nodes: readonly { readonly notifications: { readonly nodes: readonly object[] } }[] };
}

const usersWithNotifications = (first: number) =>
  service.ask<Users>(`{ users(first: ${first}) { nodes { id notifications(first: 3) { nodes { message } } } } }`, {
    caller: admin,
  });

async function countNotifications(): Promise<number> {
  const { data } = await usersWithNotifications(3);
  return data.users.nodes.reduce((sum, { notifications }) => sum + notifications.nodes.length, 0);
}

/** The statements that ran, without those of the relay, which looks into its outbox all the time. */
function statements(): string[] {
  return logQuery.mock.calls.map(([{ query }]) => query).filter((query) => !query.includes('outbox'));
}

describe('the number of SQL statements', () => {
  it.each([1, 2, 3])('is two for %i users with their notifications', async (first) => {
    const { data, errors } = await usersWithNotifications(first);

    expect(errors).toEqual([]);
    expect(data.users.nodes).toHaveLength(first);
    expect(data.users.nodes[0]?.notifications.nodes.length).toBe(2);
    expect(statements()).toHaveLength(2);
  });

  it('is one for many references to users', async () => {
    const refs = ['1', '2', '3', '1', '4'].map((id) => ({ __typename: 'User', id }));

    await service.ask('query ($refs: [_Any!]!) { _entities(representations: $refs) { ... on User { name } } }', {
      variables: { refs },
    });

    expect(statements()).toHaveLength(1);
  });
});
