import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { isRunning, recordOf } from './processes/process-record.ts';
import { endAbandonedTestServers } from './test-servers.ts';

describe('what killed test runs have left behind', () => {
  let root: string;
  beforeEach(() => void (root = mkdtempSync(join(tmpdir(), 'storefront-abandoned-'))));
  afterEach(() => rmSync(root, { recursive: true }));
  const leave = (name: string, processes: readonly object[] = []) => {
    mkdirSync(join(root, name));
    writeFileSync(join(root, name, 'stack.json'), JSON.stringify({ processes }));
  };

  it('is ended and removed', async () => {
    const server = spawn('sleep', ['60'], { stdio: 'ignore', detached: true });
    await once(server, 'spawn');
    const record = recordOf({ name: 'redis', kind: 'server', pid: server.pid ?? 0 });
    const gone = await goneProcess();
    leave(`e2e-${gone}`, [record]);
    writeFileSync(join(root, `test-${gone}.json`), '{}');

    await endAbandonedTestServers(root, () => undefined);

    expect(isRunning(record)).toBe(false);
    expect(readdirSync(root)).toEqual([]);
  });

  it('is told from the servers of a run that goes on, and from stacks', async () => {
    leave(`test-${process.pid}`);
    leave('local');

    await endAbandonedTestServers(root, () => undefined);

    expect(readdirSync(root).toSorted()).toEqual(['local', `test-${process.pid}`]);
  });
});

async function goneProcess(): Promise<number> {
  const child = spawn('true', { stdio: 'ignore' });
  await once(child, 'exit');
  return child.pid ?? 0;
}
