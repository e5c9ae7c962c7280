/** Jest's globalSetup: servers for the tests, unless the environment names some. They end in jest-global-teardown.ts. */
import { join } from 'node:path';
import { hasTestServers, repository } from './config.ts';
import { startTestServers } from './test-servers.ts';

/** Starts the servers and names them in TEST_* for every test process that jest starts from now on. */
export default async function startServersForTests(): Promise<void> {
  if (hasTestServers(process.env)) return;
  const servers = await startTestServers(join(repository, '.state', `test-${process.pid}`), {
    progress: (line) => void process.stderr.write(`${line}\n`),
  });
  Object.assign(process.env, servers.environment, { STOREFRONT_TEST_STATE: servers.state });
}
