/** Jest's globalTeardown: ends the servers that jest-global-setup.ts has started. */
import { endTestServers } from './test-servers.ts';

/** Does nothing when the servers were there before. */
export default async function endServersForTests(): Promise<void> {
  const state = process.env['STOREFRONT_TEST_STATE'];
  if (state) await endTestServers(state);
}
