import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@storefront/platform/testing/until.ts';
import { type Customer, newCustomer } from '../testing/customers.ts';
import { ask } from '../testing/graphql.ts';
import { sharedStack } from '../testing/stack.ts';

const stack = sharedStack();
const folder = join(stack.state, 'logs');

interface OperationLine {
  readonly operationName?: string | null;
  readonly [fact: string]: unknown;
}

/** The request log's lines for one operation name, from all replicas of the gateway. */
function operationLines(name: string): OperationLine[] {
  const files = readdirSync(folder).filter((file) => file.startsWith('gateway'));
  const lines = files.flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n'));
  const parsed = lines.filter((line) => line.includes(name)).map((line) => JSON.parse(line) as OperationLine);
  return parsed.filter(({ operationName }) => operationName === name);
}

describe('the request log', () => {
  let ada: Customer;

  beforeAll(async () => {
    ada = await newCustomer(stack, 'Ada');
  });

  it('has one line per operation: what, who, how long, how it ended', async () => {
    await ask(stack.gateway.graphql, { token: ada.token, query: 'query WhoAmI { me { name email } }' });

    const lines = await until(() => {
      const found = operationLines('WhoAmI');
      return found.length > 0 && found;
    });

    expect(lines).toEqual([
      expect.objectContaining({
        requestId: expect.any(String),
        traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
        operationType: 'query',
        caller: ada.id,
        ms: expect.any(Number),
        status: 200,
        outcome: 'ok',
      }),
    ]);
  });

  it('tells which codes a client got', async () => {
    await ask(stack.gateway.graphql, { query: 'query Forbidden { users(first: 1) { nodes { id } } }' });

    const [line] = await until(() => {
      const found = operationLines('Forbidden');
      return found.length > 0 && found;
    });

    expect(line).toMatchObject({ caller: 'anonymous', outcome: 'errors', errorCodes: ['UNAUTHORIZED_FIELD_OR_TYPE'] });
  });

  it('holds no token, password or e-mail address, and neither do the logs of the services', async () => {
    const wrong =
      'query Wrong($input: SignInInput!) { __typename } mutation SignIn { signIn(input: { email: "EMAIL", password: "SECRET" }) { __typename } }';
    await ask(stack.gateway.graphql, { query: wrong.replace('EMAIL', ada.email).replace('SECRET', ada.password) });
    await ask(stack.gateway.graphql, { token: `${ada.token}x`, query: '{ me { name } }' });
    await fetch(`${stack.gateway.http}/api/v1/users/${ada.email}?token=${ada.token}`);

    const logs = readdirSync(folder)
      .filter((file) => /^(gateway|users|products|orders)/.test(file))
      .map((file) => readFileSync(join(folder, file), 'utf8'))
      .join('\n');

    expect(logs.length).toBeGreaterThan(1_000);
    for (const secret of [ada.token, ada.password, ada.email, ...stack.accounts.map(({ password }) => password)]) {
      expect(logs.includes(secret)).toBe(false);
    }
    expect(logs.match(/eyJ[\w-]+\.eyJ/)).toBeNull();
  });
});
