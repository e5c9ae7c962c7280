/** What `npm run up -- --json` prints: the addresses and accounts of a running stack. */
export interface StackAddresses {
  gateway: { http: string; graphql: string; websocket: string; metrics: string };
  services: Record<'users' | 'products' | 'orders', string>;
  servers: Record<'postgres' | 'redis' | 'rabbitmq' | 'rabbitmqManagement' | 'consul', string>;
  accounts: { email: string; password: string; role: string; token: string }[];
  state: string;
  replicas?: Record<'gateway' | 'users' | 'products' | 'orders', string[]>;
}

/** The stack that the e2e tests share: two gateways over one of each service. Started before the first file, stopped after the last. */
export function sharedStack(): StackAddresses {
  const json = process.env['E2E_STACK'];
  if (!json) throw new Error('E2E_STACK is not set: run the e2e tests with `npm test`');
  return JSON.parse(json) as StackAddresses;
}

/** A seeded account: 'ada' and 'grace' are customers, 'admin' is not. */
export function account(stack: StackAddresses, name: 'ada' | 'grace' | 'admin') {
  const found = stack.accounts.find(({ email }) => email.startsWith(`${name}@`));
  if (!found) throw new Error(`no account for ${name}`);
  return found;
}
