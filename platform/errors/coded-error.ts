import { statusOfCode } from './codes.ts';
import { codeOf, isError } from './is-error.ts';

/** What may be said about a fault besides its code and message. */
export interface CodedErrorOptions {
  /** Default: the status of the code, 500 for a code that has none. */
  readonly httpStatus?: number;
  readonly cause?: unknown;
  /** Shown to the client next to the code, so safe to show. */
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/**
 * A fault that somebody foresaw. `message` is text for people; when `expose` is true, both it and `code` may be shown to
 * a client as they are. A fault of status 500 is not exposed: its text is for the log and for whoever starts the service.
 */
export class CodedError extends Error {
  override readonly name: string = 'CodedError';
  readonly code: string;
  readonly httpStatus: number;
  readonly expose: boolean;
  readonly extensions: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, options: CodedErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.httpStatus = options.httpStatus ?? statusOfCode(code);
    this.expose = this.httpStatus !== 500;
    this.extensions = options.extensions ?? {};
  }
}

/** The message of a fault followed by the messages of its causes, for one line of a log or a terminal. */
export function describeFault(fault: unknown): string {
  const messages: string[] = [];
  for (let current = fault; current !== undefined && messages.length < 8; current = causeOf(current)) {
    messages.push(messageOf(current));
  }
  return messages.filter((message, index) => !messages.slice(0, index).includes(message)).join(': ');
}

function messageOf(fault: unknown): string {
  if (!isError(fault)) return String(fault);
  if (!fault.message && 'errors' in fault && Array.isArray(fault.errors)) return fault.errors.map(messageOf).join(', ');
  return fault.message || codeOf(fault) || fault.name;
}

function causeOf(fault: unknown): unknown {
  return isError(fault) ? fault.cause : undefined;
}
