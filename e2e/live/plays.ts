import type { Dice } from '../testing/scenarios/dice.ts';
import { faultsOf, type Outcome, type Scenario } from '../testing/scenarios/scenario.ts';
import type { Verdict } from './judge.ts';
import * as scenarios from './scenarios.ts';
import type { Size } from './scenarios.ts';
import { stopReading } from './stop-reading.ts';
import type { World } from './world.ts';

/** A scenario of a size. */
interface Play extends Omit<Scenario<World>, 'play'> {
  play(world: World, size: Size, dice: Dice): Promise<Outcome>;
}

const sized: readonly Play[] = [
  {
    name: 'steady',
    goal: '50 orders/s: p50 under 30 ms, p99 under 150 ms from the order to the socket',
    play: async (world, size) => {
      const verdict = await scenarios.steady(world, size);
      const isLate = faultsOf([
        [verdict.p50Ms >= 30, `p50 is ${verdict.p50Ms} ms`],
        [verdict.p99Ms >= 150, `p99 is ${verdict.p99Ms} ms`],
      ]);
      return outcomeOf(verdict, isLate);
    },
  },
  {
    name: 'cutSockets',
    goal: '1,000 random cuts: 0 missed, 0 twice, in order',
    play: async (world, size, dice) => outcomeOf(await scenarios.cutSockets(world, size, dice)),
  },
  {
    name: 'swapSchemas',
    goal: '100 subscriptions, 10 new graphs: 0 disconnects, 0 missed',
    play: async (world, size) => {
      const { closings, ...verdict } = await scenarios.swapSchemas(world, size);
      return outcomeOf(verdict, faultsOf([[closings > 0, `${closings} were disconnected`]]));
    },
  },
  {
    name: 'killRabbitmq',
    goal: 'RabbitMQ killed: 0 missed, or CURSOR_EXPIRED at once',
    play: async (world, size) => outcomeOf(await scenarios.killRabbitmq(world, size)),
  },
  {
    name: 'killRedis',
    goal: 'Redis killed: 0 missed, or CURSOR_EXPIRED at once',
    play: async (world, size) => outcomeOf(await scenarios.killRedis(world, size)),
  },
  {
    name: 'killGateway',
    goal: 'a gateway killed: 0 missed, or CURSOR_EXPIRED at once',
    play: async (world, size) => outcomeOf(await scenarios.killGateway(world, size)),
  },
  {
    name: 'flushRedis',
    goal: 'FLUSHALL: every subscriber is told within 2 s',
    play: async (world, size) => {
      const { told, lastToldMs } = await scenarios.flushRedis(world, size);
      const faults = faultsOf([
        [told < size.subscriptions, `${size.subscriptions - told} were not told`],
        [lastToldMs > 2_000, `the last was told after ${lastToldMs} ms`],
      ]);
      return { measured: `${told} of ${size.subscriptions} told, the last after ${lastToldMs} ms`, faults };
    },
  },
  {
    name: 'stopReading',
    goal: 'a reader that stops: closed within 10 s, RSS +1 MiB, p99 of the others +10 % at most',
    play: async (world, size) => {
      const { closings, closingsOfOthers, p99BeforeMs, p99MeanwhileMs, allClosedMs, rssMiBEach, ...verdict } =
        await stopReading(world, size);
      const faults = faultsOf([
        [closings.length !== 1, `the one with a diary was closed ${closings.length} times`],
        [closingsOfOthers > 0, `${closingsOfOthers} of the others were closed`],
        [allClosedMs > 10_000, `all were closed only after ${allClosedMs} ms`],
        // A process that was just started still grows by itself.
        [size.warmUpMs > 0 && rssMiBEach > 1, `each took ${rssMiBEach} MiB`],
        [p99MeanwhileMs > p99BeforeMs * 1.1, `the others’ p99 rose by more than a tenth`],
      ]);
      const more = `${size.stoppedReaders} stopped: closed after ${allClosedMs} ms, ${rssMiBEach} MiB each; p99 of the others ${p99BeforeMs} -> ${p99MeanwhileMs} ms`;
      const judged = outcomeOf(verdict, faults);
      return { ...judged, measured: `${judged.measured}; ${more}` };
    },
  },
];

/** Every scenario, in the order in which they are played. */
export const plays: readonly Scenario<World>[] = sized.map(({ name, goal, play }) => ({
  name,
  goal,
  play: (world, { dice, isShort }) => play(world, isShort ? scenarios.small : scenarios.full, dice),
}));

/** What must hold in all of them: nothing missed in silence, nothing twice, in order, nothing of anybody else. */
function outcomeOf(verdict: Verdict, more: readonly string[] = []): Outcome {
  const { events, missed, excused, twice, outOfOrder, foreign, p50Ms, p99Ms } = verdict;
  const counts = { missed, twice, 'out of order': outOfOrder, foreign };
  const faults = faultsOf(Object.entries(counts).map(([what, count]) => [count > 0, `${count} ${what}`]));
  const measured = `${events} events, ${missed} missed, ${excused} told by CURSOR_EXPIRED, ${twice} twice, ${outOfOrder} out of order, ${foreign} foreign; p50 ${p50Ms} ms, p99 ${p99Ms} ms`;
  return { measured, faults: [...faults, ...more, ...faultsOf([[events === 0, 'there were no events']])] };
}
