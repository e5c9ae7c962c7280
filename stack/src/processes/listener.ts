import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const listening = '0A';

/**
 * Who listens on a TCP port of this machine, as `redis-server (pid 123)`; null when that cannot be told (another user's
 * process, or a system without /proc). Source: proc_pid_net(5), tcp
 */
export function programListeningOn(port: number): string | null {
  const sockets = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => socketsIn(table, port)));
  if (sockets.size === 0) return null;
  const pid = entriesOf('/proc')
    .filter((name) => /^\d+$/.test(name))
    .find((candidate) =>
      entriesOf(`/proc/${candidate}/fd`).some((file) => sockets.has(linkOf(`/proc/${candidate}/fd/${file}`))),
    );
  return pid === undefined ? null : `${textOf(`/proc/${pid}/comm`).trim()} (pid ${pid})`;
}

function socketsIn(table: string, port: number): string[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return textOf(table)
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(wanted) && fields[3] === listening)
    .map((fields) => `socket:[${fields[9]}]`);
}

const entriesOf = (folder: string): string[] => attempt(() => readdirSync(folder), []);
const linkOf = (file: string): string => attempt(() => readlinkSync(file), '');
const textOf = (file: string): string => attempt(() => readFileSync(file, 'utf8'), '');

/** Processes come and go, and some are not ours to look at: what cannot be read counts as empty. */
function attempt<Result>(read: () => Result, otherwise: Result): Result {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
