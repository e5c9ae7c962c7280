import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { anonymous } from '@storefront/platform/identity/caller.ts';
import { type TestService, callerOf, startTestService } from '../testing/start-test-service.ts';

let service: TestService;

beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.close());

const callers = {
  anonymous,
  'another customer': callerOf('2'),
  'the owner': callerOf('1'),
  'an admin': callerOf('3', 'users:read users:write'),
  'a writer who may not read': callerOf('3', 'users:write'),
};

const selections = {
  id: 'id',
  name: 'name',
  createdAt: 'createdAt',
  email: 'email',
  role: 'role',
  loyaltyPoints: 'loyaltyPoints',
  notifications: 'notifications(first: 1) { nodes { id } }',
};

const open = ['id', 'name', 'createdAt'];
const isReadable = (caller: string, field: string) =>
  open.includes(field) || caller === 'the owner' || caller === 'an admin';

const entrances = {
  'the root field': (selection: string) => `{ found: user(id: "1") { ${selection} } }`,
  _entities: (selection: string) =>
    `{ entities: _entities(representations: [{ __typename: "User", id: "1" }]) { ... on User { ${selection} } } }`,
};

const matrix = Object.keys(callers).flatMap((caller) =>
  Object.keys(selections).flatMap((field) =>
    Object.keys(entrances).map((entrance) => [field, caller, entrance] as const),
  ),
) as [keyof typeof selections, keyof typeof callers, keyof typeof entrances][];

describe("a user's fields", () => {
  it.each(matrix)('%s for %s through %s', async (field, caller, entrance) => {
    const query = entrances[entrance](`value: ${selections[field]}`);

    const { data, errors } = await service.ask<{ found?: Found; entities?: [Found] }>(query, {
      caller: callers[caller],
    });

    const found = data.found ?? data.entities?.[0];
    if (isReadable(caller, field)) {
      expect(errors).toEqual([]);
      expect(found?.value ?? null).not.toBeNull();
    } else {
      expect(found).toEqual({ value: null });
      expect(errors).toMatchObject([{ message: 'Not allowed', extensions: { code: 'FORBIDDEN' } }]);
    }
  });
});

interface Found {
  readonly value: unknown;
}

describe('the list of users', () => {
  it.each(Object.keys(callers) as (keyof typeof callers)[])('for %s', async (caller) => {
    const { data, errors } = await service.ask('{ users { nodes { id } } }', { caller: callers[caller] });

    if (caller === 'an admin')
      expect(data).toMatchObject({ users: { nodes: [{ id: '1' }, { id: '2' }, { id: '3' }] } });
    else expect(errors).toMatchObject([{ path: ['users'], extensions: { code: 'FORBIDDEN' } }]);
  });
});
