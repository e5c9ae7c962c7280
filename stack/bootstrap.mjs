/**
 * What the npm scripts call: plain JavaScript for any Node from 20 on, without a dependency, so that it runs in a fresh
 * clone. It installs the dependencies when they are missing or older than the lock file, then hands over to the launcher
 * under the repository's own Node 24. All it has to say goes to stderr.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const oldestNode = 20;
const launcherNode = 24;
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const lockFile = join(root, 'package-lock.json');
/** npm writes it last. */
const installedMark = join(root, 'node_modules', '.package-lock.json');
/** Holds the id of the process that installs. */
const installing = join(root, '.state', 'installing');
const binaries = join(root, 'node_modules', '.bin');

const say = (line) => process.stderr.write(`${line}\n`);
const majorOf = (version) => Number(version.split('.')[0]);

if (majorOf(process.versions.node) < oldestNode)
  fail(
    `This needs Node ${oldestNode} or later, and this is Node ${process.versions.node}. Install one from https://nodejs.org or with your package manager.`,
  );
await installInTurn();
await handOver(launcherProgram());

function isInstalled() {
  if (!existsSync(lockFile)) fail(`${lockFile} is missing: this is not a whole clone.`);
  return existsSync(installedMark) && statSync(installedMark).mtimeMs >= statSync(lockFile).mtimeMs;
}

/** Two commands at once would install over each other: one does, the others wait until it has. */
async function installInTurn() {
  for (let turn = 0; !isInstalled(); turn += 1) {
    if (takeTurn()) {
      process.once('exit', endTurn); // when it fails
      await install();
      process.off('exit', endTurn);
      endTurn();
      return;
    }
    if (turn % 10 === 0) say(`npm ci: process ${installerOf()} installs already, waiting for it`);
    await delay(500);
  }
}

function takeTurn() {
  mkdirSync(dirname(installing), { recursive: true });
  try {
    writeFileSync(installing, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (!isAlive(installerOf())) endTurn(); // it was killed
    return false;
  }
}

function endTurn() {
  rmSync(installing, { force: true });
}

function installerOf() {
  try {
    return Number(readFileSync(installing, 'utf8'));
  } catch {
    return 0; // it has just ended
  }
}

function isAlive(pid) {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

async function install() {
  say(
    existsSync(join(root, 'node_modules'))
      ? 'npm ci: the dependencies are older than package-lock.json'
      : 'npm ci: installing the dependencies (once, about half a minute)',
  );
  const startedAt = Date.now();
  const ticker = setInterval(() => say(`npm ci: ${Math.round((Date.now() - startedAt) / 1000)} s`), 5000);
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const code = await run(npm, ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], {
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  clearInterval(ticker);
  if (code !== 0) fail(`npm ci failed (exit code ${code}); its reason is above.`);
  say(`npm ci: done (${Math.round((Date.now() - startedAt) / 1000)} s)`);
}

/** npm installs a Node 24 for Linux beside the other dependencies; elsewhere the Node that runs this has to do. */
function launcherProgram() {
  const own = join(binaries, 'node');
  if (process.platform === 'linux' && existsSync(own)) return own;
  if (majorOf(process.versions.node) >= launcherNode) return process.execPath;
  return fail(
    `The services need Node ${launcherNode}, and this is Node ${process.versions.node}. Install it from https://nodejs.org, with "nvm install ${launcherNode}" or with your package manager.`,
  );
}

/** The channel tells the launcher when this process dies, however it dies. */
async function handOver(program) {
  process.exitCode = await run(program, [join(root, 'stack', 'src', 'main.ts'), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
}

/**
 * Runs a program and returns its exit code. SIGTERM and SIGHUP are passed on; SIGINT comes from the terminal to both, and
 * is passed on when it came to this process alone (the launcher counts two as one).
 */
function run(program, parameters, options) {
  const environment = { ...process.env, NODE_NO_WARNINGS: '1', PATH: [binaries, process.env.PATH].join(delimiter) };
  const child = spawn(program, parameters, { cwd: root, env: environment, ...options });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => {
    child.once('error', (error) => fail(`${program} cannot be started: ${error.message}`));
    child.once('exit', (code, signal) => resolve(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
}

function fail(message) {
  say(message);
  process.exit(1);
}
