/** Jest's globalTeardown for end-to-end tests: ends the stack that jest-e2e-setup.ts has started. */
import { endTestServers } from './test-servers.ts';

/** Does nothing when the stack was there before. */
export default async function endStackForTests(): Promise<void> {
  const state = process.env['STOREFRONT_E2E_STATE'];
  if (state) await endTestServers(state);
}
