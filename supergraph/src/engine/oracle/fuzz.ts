import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { validate } from 'graphql';
import { hasDefer, withDeferDirective } from '../defer/defer-directive.ts';
import { compare } from './compare.ts';
import { compareParts, deferSome } from './defers.ts';
import { drawCases } from './draw-case.ts';
import { drawSupergraph } from './draw-supergraph.ts';
import type { SubgraphText } from './facts.ts';
import { knownFaultOf } from './known-faults.ts';
import { reduceGraph } from './reduce-graph.ts';
import { type Answers, type Case, openWorld, type World } from './world.ts';

/** How much to try, and which. */
export interface FuzzOptions {
  /** The first supergraph is drawn with this seed, the next with the next number. Equal seeds try equal things. */
  readonly seed: number;
  /** How many cases to compare, at least; those passed by for a known fault do not count. */
  readonly cases: number;
  /** How many cases each supergraph is tried with. Default 100. */
  readonly casesPerGraph?: number;
  /** Defers some of each operation: the parts of the answer together must be the whole. */
  readonly inParts?: boolean;
  /** Asks @apollo/gateway's `executeQueryPlan` too. Where it is right, the engine must answer the same; see `FuzzSummary.stock`. */
  readonly besideStock?: boolean;
  /** Called after each supergraph. */
  readonly onProgress?: (summary: FuzzSummary) => void;
}

/** A wrong answer, as small as it could be made. */
export interface Failure {
  /** The seed of its supergraph: alone it finds the failure again. */
  readonly seed: number;
  readonly texts: readonly SubgraphText[];
  readonly testCase: Case;
  readonly answers: Answers;
  readonly complaints: readonly string[];
}

/** What was tried. */
export interface FuzzSummary {
  readonly graphs: number;
  /** How many of the drawn supergraphs did not compose. */
  readonly refused: number;
  readonly cases: number;
  /** How many of the cases had an injected fault. */
  readonly faulty: number;
  /** How many cases were passed by, for each known fault. */
  readonly passedBy: Readonly<Record<string, number>>;
  /** What `executeQueryPlan` answered, by number of cases. */
  readonly stock: StockSummary;
  /** The first wrong answer; the fuzzer stops there. */
  readonly failure: Failure | null;
}

/** How `executeQueryPlan` did, beside the engine. */
export interface StockSummary {
  /** Right, and the same data as the engine's. */
  same: number;
  /** Right, and other data: a subgraph is down, and each asked another for what both have. */
  other: number;
  /** Not what one schema says, or thrown. */
  wrong: number;
}

const reduceMs = 20_000;

/** Draws supergraphs and cases and compares the engine with graphql-js, until enough were right or one is wrong. */
export async function fuzz(options: FuzzOptions): Promise<FuzzSummary> {
  const { seed, cases, casesPerGraph = 100, inParts = false, besideStock = false, onProgress } = options;
  const count = { graphs: 0, refused: 0, cases: 0, faulty: 0 };
  const passedBy: Record<string, number> = {};
  const stock: StockSummary = { same: 0, other: 0, wrong: 0 };
  let failure: Failure | null = null;
  for (let next = seed; count.cases < cases && !failure; next += 1) {
    const texts = drawSupergraph(next);
    const world = await openWorld(texts);
    count.graphs += 1;
    if ('refused' in world) {
      count.refused += 1;
      continue;
    }
    const wrong = await fc.check(
      fc.asyncProperty(inParts ? drawDeferred(world) : drawCases(world), async (testCase) => {
        const known = knownFaultOf(world, testCase);
        if (known !== null) {
          passedBy[known] = (passedBy[known] ?? 0) + 1;
          return;
        }
        count.cases += 1;
        if (testCase.faults.length > 0) count.faulty += 1;
        const { complaints, answers } = await judge(world, testCase);
        if (besideStock) stock[await compareStock(world, testCase, answers)] += 1;
        if (complaints.length > 0) throw new Error(complaints.join('\n'));
      }),
      { seed: next, numRuns: casesPerGraph },
    );
    const [testCase] = wrong.counterexample ?? [];
    await world.close();
    if (testCase) failure = await reduce({ seed: next, texts, testCase });
    onProgress?.({ ...count, passedBy, stock, failure });
  }
  return { ...count, passedBy, stock, failure };
}

function drawDeferred(world: World): fc.Arbitrary<Case> {
  return fc.tuple(drawCases(world), fc.nat()).map(([testCase, seed]) => deferSome(testCase, seed));
}

async function judge(world: World, testCase: Case) {
  const [invalid] = validate(withDeferDirective(world.schema), testCase.document);
  if (invalid) throw new Error(`the oracle draws an invalid operation: ${invalid.message}\n${testCase.source}`);
  const answers = await world.run(testCase);
  if (hasDefer(testCase.document)) return { answers, complaints: compareParts(testCase, answers) };
  const complaints = await compare(world, testCase, answers);
  const isOther = testCase.faults.length === 0 && !isDeepStrictEqual(answers.again, answers.actual);
  return {
    answers,
    complaints: isOther ? [...complaints, 'the same operation is answered otherwise again'] : complaints,
  };
}

/** Without a subgraph down nothing depends on the plan: what is right is the same then. */
async function compareStock(world: World, testCase: Case, answers: Answers): Promise<keyof StockSummary> {
  const actual = await world.runByStock(testCase).catch(() => null);
  if (!actual || (await compare(world, testCase, { ...answers, actual })).length > 0) return 'wrong';
  return isDeepStrictEqual(actual.data, answers.actual.data) ? 'same' : 'other';
}

async function reduce(found: Pick<Failure, 'seed' | 'texts' | 'testCase'>): Promise<Failure> {
  const { testCase } = found;
  const attempt = async (texts: readonly SubgraphText[]) => {
    const world = await openWorld(texts).catch(() => null);
    if (!world || 'refused' in world) return null;
    try {
      const isOther =
        validate(withDeferDirective(world.schema), testCase.document).length > 0 ||
        knownFaultOf(world, testCase) !== null;
      const judged = isOther ? null : await judge(world, testCase);
      return judged && judged.complaints.length > 0 ? judged : null;
    } finally {
      await world.close();
    }
  };
  const texts = await reduceGraph(found.texts, async (some) => (await attempt(some)) !== null, { timeoutMs: reduceMs });
  const judged = await attempt(texts);
  if (!judged) throw new Error(`the failure of seed ${found.seed} does not come again:\n${testCase.source}`);
  return { ...found, texts, ...judged };
}
