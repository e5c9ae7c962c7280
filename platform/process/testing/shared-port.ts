import { createServer } from 'node:http';
import { runWorkers } from '../workers.ts';

/**
 * A service for the tests of workers: answers its process id, ends at once on /crash, answers /slow after it was told to stop, and
 * upgrades. With FAULT=start it cannot start. Logs the port.
 */
await runWorkers(
  'shared-port',
  () => Number(process.env['WORKERS']),
  async (scope) => {
    if (process.env['FAULT'] === 'start') throw new Error('there is something wrong');
    const server = createServer(async ({ url }, response) => {
      if (url === '/crash') process.exit(7);
      if (url === '/slow') {
        scope.log.info('slow');
        await new Promise((resolve) => scope.signal.addEventListener('abort', resolve));
      }
      response.end(String(process.pid));
    });
    server.on('upgrade', (_request, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: echo\r\nconnection: upgrade\r\n\r\n');
      socket.end(`hello from ${process.pid}`);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    scope.defer('server', () => new Promise((resolve) => server.close(() => resolve())));
    scope.log.info({ address: server.address() }, 'listening');
  },
);
