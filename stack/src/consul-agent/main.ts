/** Runs a development agent as a process: `node stack/src/consul-agent/main.ts --port 8500`. SIGTERM and SIGINT end it. */
import { parseArgs } from 'node:util';
import { startAgent } from './server.ts';

if (import.meta.main) {
  const { values } = parseArgs({
    options: { port: { type: 'string', default: '8500' }, host: { type: 'string', default: '127.0.0.1' } },
  });
  try {
    const agent = await startAgent({ port: Number(values.port), host: values.host });
    process.stdout.write(`development agent for Consul's HTTP API: ${agent.url}\n`);
    const stop = () => void agent.close().then(() => process.exit(0));
    process.once('SIGTERM', stop).once('SIGINT', stop);
  } catch (error) {
    process.stderr.write(
      `the development agent for Consul cannot listen on ${values.host}:${values.port}: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    process.exitCode = 1;
  }
}
