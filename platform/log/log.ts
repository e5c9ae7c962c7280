import {
  type Bindings,
  type ChildLoggerOptions,
  destination as standardOutput,
  type DestinationStream,
  type Logger,
  pino,
  stdTimeFunctions,
} from 'pino';
import { redact, scrubLine } from './redact.ts';

/** A log of JSON lines. `info({ orderId }, 'placed')`: facts first, then a text that is always the same. */
export type Log = Logger;

/** What a log is made with; `destination` is standard output unless given. */
export interface LogOptions {
  readonly service: string;
  readonly level: string;
  readonly destination?: DestinationStream;
}

/**
 * Creates the log of a service: one JSON line per entry with `level` (a word), `time` (ISO 8601, UTC), `service`, `msg`.
 * Tokens, passwords, cookies, e-mail addresses and the credentials in URLs never come out, at any depth (see redact.ts).
 * A line is written before the call returns, so that the last words of a process are not lost.
 * Faults are written with type, message, code and causes; their stack only when nobody foresaw them.
 */
export function createLog({ service, level, destination }: LogOptions): Log {
  const options = {
    level,
    base: { service },
    timestamp: stdTimeFunctions.isoTime,
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (entry: Record<string, unknown>) => redact(entry) as Record<string, unknown>,
    },
    serializers: { err: (described: unknown) => described },
    hooks: { streamWrite: scrubLine },
  };
  return guardChildren(pino(options, destination ?? standardOutput({ dest: 1, sync: true })));
}

/** pino does not pass the facts of a child log through `formatters.log`. Children of children inherit this. */
function guardChildren(log: Log): Log {
  const makeChild: unknown = Reflect.get(log, 'child');
  return Object.assign(log, {
    child(this: Log, facts: object, options?: ChildLoggerOptions) {
      return (makeChild as MakeChild).call(this, redact(facts) as Bindings, options);
    },
  });
}

type MakeChild = (this: Log, facts: Bindings, options?: ChildLoggerOptions) => Log;
