import { describeFault } from '@storefront/platform/errors/coded-error.ts';
import { CommandLineFault } from '@storefront/platform/process/command-line.ts';

/** Something that can be expected to go wrong on a person's machine. Its message says what and why, and is shown without a stack. */
export class StackFault extends Error {
  override readonly name = 'StackFault';
}

/** The message to show for anything thrown, with its causes. */
export const textOf = (error: unknown): string =>
  error instanceof StackFault || error instanceof CommandLineFault ? error.message : describeFault(error);

/** Where progress goes: one line for a person, no new line at its end. */
export type Progress = (line: string) => void;
