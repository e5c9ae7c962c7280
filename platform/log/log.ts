import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';
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
    hooks: { streamWrite: scrubLine },
  };
  return destination ? pino(options, destination) : pino(options);
}
