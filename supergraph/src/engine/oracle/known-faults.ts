import { executorFaults } from './executor-faults.ts';
import { type OperationFacts, readOperation } from './operation-facts.ts';
import type { Case, World } from './world.ts';

/** A wrong answer whose cause is known: the fuzzer passes by the cases that may meet it. */
export interface KnownFault {
  readonly name: string;
  /** Whether a case may meet it. It may say so of more cases than do, never of fewer. */
  mayMeet(world: World, testCase: Case, operation: OperationFacts): boolean;
}

/** What Apollo's planner does wrong and nothing here mends: nothing that is known. Each has a smallest case in known-cases.ts. */
export const plannerFaults: readonly KnownFault[] = [];

/** The first known fault that a case may meet, by name; null when its answer must be right. */
export function knownFaultOf(world: World, testCase: Case): string | null {
  const operation = readOperation(world, testCase.document);
  const found = [...plannerFaults, ...executorFaults].find((fault) => fault.mayMeet(world, testCase, operation));
  return found?.name ?? null;
}
