import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type TestService, callerOf, startTestService } from '../testing/start-test-service.ts';

let service: TestService;

beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.close());

const admin = callerOf('3', 'users:read users:write');
const problem = '... on UserError { message path }';

const create = (input: object) =>
  service.ask<{ createUser: { user: { id: string } } }>(
    `mutation ($input: CreateUserInput!) {
      createUser(input: $input) { __typename ... on CreateUserSuccess { user { id name email role } } ${problem} }
    }`,
    { variables: { input } },
  );

const update = (input: object, caller = admin) =>
  service.ask<{ updateUser: object }>(
    `mutation ($input: UpdateUserInput!) {
      updateUser(input: $input) { __typename ... on UpdateUserSuccess { user { id name email } } ${problem} }
    }`,
    { variables: { input }, caller },
  );

const remove = (id: string, caller = admin) =>
  service.ask<{ deleteUser: object }>(
    `mutation ($id: ID!) { deleteUser(id: $id) { __typename ... on DeleteUserSuccess { deletedUserId } ${problem} } }`,
    { variables: { id }, caller },
  );

describe('createUser', () => {
  it('opens an account that whoever opened it can read', async () => {
    const { data, errors } = await create({ name: 'Dave', email: 'dave@example.org', password: 'correct horse' });

    expect(errors).toEqual([]);
    expect(data.createUser).toEqual({
      __typename: 'CreateUserSuccess',
      user: { id: expect.stringMatching(/^\d+$/), name: 'Dave', email: 'dave@example.org', role: 'CUSTOMER' },
    });
  });

  it('refuses an address that is taken, whatever its case', async () => {
    const { data } = await create({ name: 'Ada', email: ' ADA@example.org ' });

    expect(data.createUser).toMatchObject({ __typename: 'EmailTaken', path: ['input', 'email'] });
  });

  it('names the argument at fault', async () => {
    const { data } = await create({ name: 'Eve', email: 'nowhere' });

    expect(data.createUser).toEqual({
      __typename: 'InvalidInput',
      message: 'This is not an e-mail address.',
      path: ['input', 'email'],
    });
  });
});

describe('updateUser', () => {
  it('lets a user change himself, and leaves what is not given', async () => {
    const { data, errors } = await update({ id: '2', name: 'Robert' }, callerOf('2'));

    expect(errors).toEqual([]);
    expect(data.updateUser).toMatchObject({ user: { id: '2', name: 'Robert', email: 'bob@example.org' } });
  });

  it('refuses to change another, as long as one may not write users', async () => {
    const refused = await update({ id: '2', name: 'Mallory' }, callerOf('1', 'users:read'));

    expect(refused).toMatchObject({ data: null, errors: [{ extensions: { code: 'FORBIDDEN' } }] });
  });

  it('refuses an address that is taken', async () => {
    const { data } = await update({ id: '2', email: 'Ada@Example.org' });

    expect(data.updateUser).toMatchObject({ __typename: 'EmailTaken' });
  });

  it.each(['999', 'x'])('says that nobody has the id %s', async (id) => {
    const { data } = await update({ id, name: 'Nobody' });

    expect(data.updateUser).toMatchObject({ __typename: 'NotFound', path: ['input', 'id'] });
  });
});

describe('deleteUser', () => {
  it('removes the account and tells who is gone', async () => {
    const { data: created } = await create({ name: 'Gone', email: 'gone@example.org' });
    const { id } = created.createUser.user;

    const { data } = await remove(id, callerOf(id));

    expect(data.deleteUser).toEqual({ __typename: 'DeleteUserSuccess', deletedUserId: id });
    expect(await service.ask(`{ user(id: "${id}") { name } }`)).toMatchObject({ data: { user: null }, errors: [] });
    expect((await remove(id)).data.deleteUser).toMatchObject({ __typename: 'NotFound', path: ['id'] });
  });

  it('refuses to remove another', async () => {
    expect(await remove('2', callerOf('1'))).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] });
  });
});

interface UsersPage {
  readonly users: { readonly nodes: readonly object[]; readonly pageInfo: { readonly endCursor: string } };
}

describe('users', () => {
  it('pages by id', async () => {
    const query =
      'query ($after: String) { users(first: 2, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }';
    const { data: first } = await service.ask<UsersPage>(query, { caller: admin });

    const after = first.users.pageInfo.endCursor;
    const { data: second } = await service.ask<UsersPage>(query, { caller: admin, variables: { after } });

    expect(first.users).toMatchObject({ nodes: [{ id: '1' }, { id: '2' }], pageInfo: { hasNextPage: true } });
    expect(second.users.nodes[0]).toEqual({ id: '3' });
  });

  it.each(['first: 0', 'first: 101', 'after: "nonsense"', 'after: "WyJ4Il0"'])('refuses %s', async (args) => {
    const refused = await service.ask(`{ users(${args}) { nodes { id } } }`, { caller: admin });

    expect(refused).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  });
});
