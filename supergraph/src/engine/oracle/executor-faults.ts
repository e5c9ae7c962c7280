import type { KnownFault } from './known-faults.ts';

/** Whether the executor keeps the order of an operation's fields. */
export const isOrderKept: boolean = true;

/** What the executor does wrong: nothing that is known. */
export const executorFaults: readonly KnownFault[] = [];
