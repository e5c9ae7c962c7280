import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { asAdmin, createDatabase } from '@storefront/platform/postgres/provision.ts';
import { refuseUnlessOurs } from './named-database.ts';
import { createPorts } from './ports.ts';
import { secretsOf } from './secrets.ts';
import { startPostgres } from './servers/postgres.ts';
import type { Server } from './servers/server.ts';
import { provisionDatabases } from './services.ts';
import { forEachSubgraph, subgraphNames } from './subgraphs.ts';

const mine = forEachSubgraph((name) => name.charAt(0));
const theirs = forEachSubgraph((name) => `not ${mine[name]}`);
const all = subgraphNames.join(', ');
let state: string;
let server: Server;
beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), 'storefront-database-'));
  const { servers: secrets } = await secretsOf(state);
  const ignore = () => undefined;
  const ports = createPorts('free', ignore);
  server = await startPostgres({ state, ports, secrets, progress: ignore, started: ignore, isThrowaway: true });
});
afterAll(async () => {
  await server.close();
  await rm(state, { recursive: true });
});

const sql = (text: string) => asAdmin(server.url, (client) => client.query(text));

describe('a database that the environment names', () => {
  it('is refused with the statements to run when its role may create neither roles nor schemas', async () => {
    await sql("create role shop login password 'x'");
    const url = new URL(server.url);
    url.username = 'shop';
    url.password = 'x';

    await expect(refuseUnlessOurs(url.href, mine)).rejects.toThrow(
      'the role shop, which may not create roles, nor schemas in the database postgres. As a superuser: ALTER ROLE "shop" CREATEROLE; GRANT CREATE ON DATABASE "postgres" TO "shop";',
    );
  });

  it("is refused when a schema of our names is somebody else's", async () => {
    await sql('create schema orders');

    await expect(refuseUnlessOurs(server.url, mine)).rejects.toThrow('the schema orders belongs to somebody else');
    await sql('drop schema orders');
  });

  it('is taken when it is empty, and again by the stack that has used it', async () => {
    await refuseUnlessOurs(server.url, mine);
    await provisionDatabases(server.url, mine);

    await expect(refuseUnlessOurs(server.url, mine)).resolves.toBeUndefined();
  });

  it('is refused to a second stack, whose passwords are others', async () => {
    await expect(refuseUnlessOurs(server.url, theirs)).rejects.toThrow(
      `${subgraphNames.toSorted().join(', ')} are roles with another password`,
    );
  });

  it('is enough with the rights that the refusal asks for', async () => {
    await createDatabase({ adminUrl: server.url, name: 'shop' });
    await sql('alter role shop createrole; grant create on database shop to shop');
    const url = new URL(server.url);
    url.username = 'shop';
    url.password = 'x';
    url.pathname = '/shop';
    await sql(`drop schema ${all}; drop owned by ${all}; drop role ${all}`);

    await refuseUnlessOurs(url.href, mine);
    const urls = await provisionDatabases(url.href, mine);

    await expect(asAdmin(urls.users, (client) => client.query('create table accounts ()'))).resolves.toBeDefined();
    await expect(provisionDatabases(url.href, mine)).resolves.toEqual(urls);
  });
});
