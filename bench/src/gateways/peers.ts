import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { peersFolder } from './gateways.ts';

/**
 * Installs the peers into their own folder unless they are there already: without install scripts, outside the project's
 * dependencies. What npm says goes to peers.log in `results`. Never throws: a peer that is not there is left out.
 */
export async function installPeers(results: string, tell: (text: string) => void): Promise<void> {
  const [wanted, installed] = await Promise.all(
    ['package.json', 'node_modules/.package-lock.json'].map((path) => stat(join(peersFolder, path)).catch(() => null)),
  );
  if (wanted && installed && installed.mtimeMs > wanted.mtimeMs) return;
  tell('installing the peers in bench/peers, once');
  const words = ['install', '--no-workspaces', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'];
  const npm = spawn('npm', words, { cwd: peersFolder, stdio: ['ignore', 'ignore', 'pipe'] });
  npm.stderr.pipe(createWriteStream(join(results, 'peers.log')));
  const code = await new Promise<number | null>((resolve) => npm.once('exit', resolve).once('error', () => resolve(1)));
  if (code !== 0) tell('  npm failed (bench/results/peers.log): what is not there is left out');
}
