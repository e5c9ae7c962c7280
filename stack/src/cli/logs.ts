import { existsSync, readdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CommandLineFault } from '@storefront/platform/process/command-line.ts';
import { StackFault } from '../fault.ts';

const pollMs = 200;

/** Writes a process's log to stdout; with `isFollowing` goes on until the signal aborts. @throws CommandLineFault that names the logs there are, StackFault when there are none */
export async function showLog(
  state: string,
  name: string | undefined,
  { isFollowing, signal }: { isFollowing: boolean; signal: AbortSignal },
): Promise<void> {
  const folder = join(state, 'logs');
  const names = existsSync(folder)
    ? readdirSync(folder)
        .filter((file) => file.endsWith('.log'))
        .map((file) => file.slice(0, -'.log'.length))
        .toSorted()
    : [];
  if (names.length === 0) throw new StackFault(`there are no logs in ${state}: nothing was started there yet`);
  if (name === undefined || !names.includes(name))
    throw new CommandLineFault(
      `${name === undefined ? 'say which log' : `there is no log of "${name}"`}: ${names.join(', ')}`,
    );
  const file = await open(join(folder, `${name}.log`));
  try {
    await copyFrom(file, { isFollowing, signal });
  } finally {
    await file.close();
  }
}

async function copyFrom(
  file: Awaited<ReturnType<typeof open>>,
  { isFollowing, signal }: { isFollowing: boolean; signal: AbortSignal },
): Promise<void> {
  const buffer = Buffer.alloc(64 * 1_024);
  let position = 0;
  while (!signal.aborted) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
    position += bytesRead;
    process.stdout.write(Buffer.from(buffer.subarray(0, bytesRead)));
    if (bytesRead === 0 && !isFollowing) return;
    if (bytesRead === 0) await delay(pollMs, undefined, { signal }).catch(() => undefined);
  }
}
