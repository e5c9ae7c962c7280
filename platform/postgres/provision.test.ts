import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLog } from '../log/log.ts';
import { type TestDatabase, testDatabase } from '../testing/servers.ts';
import { openPostgres, type Postgres } from './open.ts';
import { createDatabase, dropDatabase, provisionSchema } from './provision.ts';

const log = createLog({ service: 'test', level: 'silent' });
let database: TestDatabase;
let otherRole: string;
let orders: Postgres;
let users: Postgres;

beforeAll(async () => {
  database = await testDatabase({ schema: 'users' });
  otherRole = new URL(database.url).username.replace('users', 'orders');
  const ordersUrl = await provisionSchema({
    adminUrl: database.adminUrl,
    schema: 'orders',
    role: otherRole,
    password: 'p:@/%',
  });
  users = await open(database.url, 'users');
  orders = await open(ordersUrl, 'orders');
  await users.fork().execute('create table accounts (id int)');
});

afterAll(async () => {
  await Promise.all([users.close(), orders.close()]);
  await database.everySessionEnded();
  const name = new URL(database.adminUrl).pathname.slice(1);
  await dropDatabase(process.env['TEST_POSTGRES_URL'] ?? '', name, [name, otherRole]);
});

function open(url: string, schema: string): Promise<Postgres> {
  return openPostgres({ url, schema, entities: [], migrations: [], log });
}

describe('provisionSchema', () => {
  it('gives a role its own schema, where unqualified names are found', async () => {
    await users.fork().execute('insert into accounts values (1)');

    expect(await users.fork().execute('select id from users.accounts')).toEqual([{ id: 1 }]);
  });

  it("keeps the role of orders from the tables of users, and from making tables where they are not orders'", async () => {
    const em = orders.fork();

    await expect(em.execute('select * from users.accounts')).rejects.toThrow('permission denied for schema users');
    await expect(em.execute('create table users.mine ()')).rejects.toThrow('permission denied for schema users');
    await expect(em.execute('create table public.mine ()')).rejects.toThrow('permission denied for schema public');
    await expect(em.execute('create schema mine')).rejects.toThrow('permission denied for database');
  });

  it('may be repeated, by several at once, and sets the newest password', async () => {
    const adminUrl = database.adminUrl;

    const urls = await Promise.all(
      [1, 2, 3, 4].map(() => provisionSchema({ adminUrl, schema: 'orders', role: otherRole, password: 'new' })),
    );

    const again = await open(urls[0] ?? '', 'orders');
    await again.close();
    expect(new Set(urls).size).toBe(1);
  });

  it('needs no superuser: who may create roles and owns the database is enough', async () => {
    const owner = otherRole.replace('orders', 'owner');
    const role = otherRole.replace('orders', 'products');
    const serverUrl = process.env['TEST_POSTGRES_URL'] ?? '';
    const admin = await open(database.adminUrl, 'public');
    await admin.fork().execute(`create role ${owner} login createrole password 'owner'`);
    await admin.fork().execute(`create database ${owner} owner ${owner}`);
    await admin.close();
    const adminUrl = new URL(serverUrl);
    Object.assign(adminUrl, { username: owner, password: 'owner', pathname: `/${owner}` });

    const url = await provisionSchema({ adminUrl: adminUrl.href, schema: 'products', role, password: 'x' });
    await provisionSchema({ adminUrl: adminUrl.href, schema: 'products', role, password: 'x' });

    const products = await open(url, 'products');
    await products.fork().execute('create table things ()');
    await products.close();
    await dropDatabase(serverUrl, owner, [role, owner]);
  });

  it('refuses a name that would need quotes', async () => {
    const odd = { adminUrl: database.adminUrl, schema: 'users; drop', role: otherRole, password: 'x' };

    await expect(provisionSchema(odd)).rejects.toThrow('not a plain SQL name');
  });
});

describe('createDatabase', () => {
  it('creates a database once for several at once, and returns its URL', async () => {
    const adminUrl = process.env['TEST_POSTGRES_URL'] ?? '';
    const name = `${otherRole}_again`;

    const urls = await Promise.all([1, 2, 3].map(() => createDatabase({ adminUrl, name })));

    await dropDatabase(adminUrl, name, []);
    expect(urls.map((url) => new URL(url).pathname)).toEqual([`/${name}`, `/${name}`, `/${name}`]);
  });
});
