import { fork } from 'node:child_process';
import { join } from 'node:path';

/** Where a mailroom is, for processes that work in it. */
export interface MailroomAddress {
  readonly database: string;
  readonly rabbitmq: string;
}

/** A process that works in a mailroom. */
export interface Child {
  /** How it ended: its signal, or its exit code as text. */
  readonly ended: Promise<string>;
  /** Asks it to end and resolves to what it counted. */
  stop(): Promise<number>;
}

/** Starts one of the programs in `children/` with the address as its argument. */
export function startChild(program: string, address: MailroomAddress): Child {
  const child = fork(join(import.meta.dirname, '..', 'children', `${program}.ts`), [JSON.stringify(address)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  let counted = 0;
  child.on('message', (message) => {
    counted = Number(message);
  });
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? String(code)));
  });
  return {
    ended,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
      return counted;
    },
  };
}
