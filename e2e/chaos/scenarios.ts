import type { Scenario } from '../testing/scenarios/scenario.ts';
import { badNetwork } from './scenarios/bad-network.ts';
import { bindingRemoved } from './scenarios/binding-removed.ts';
import { consumerKilled } from './scenarios/consumer-killed.ts';
import { killedAtEachStep } from './scenarios/killed-at-each-step.ts';
import { lateConfirmation } from './scenarios/late-confirmation.ts';
import { oneBindingRemoved } from './scenarios/one-binding-removed.ts';
import { oneKey } from './scenarios/one-key.ts';
import { oversell } from './scenarios/oversell.ts';
import { poison } from './scenarios/poison.ts';
import { postgresKilled } from './scenarios/postgres-killed.ts';
import { rabbitmqFrozen, rabbitmqKilled } from './scenarios/rabbitmq-away.ts';
import { relayKilled } from './scenarios/relay-killed.ts';
import { replyCut } from './scenarios/reply-cut.ts';
import { servicesKilled } from './scenarios/services-killed.ts';
import { throughput } from './scenarios/throughput.ts';
import { twoRelays } from './scenarios/two-relays.ts';
import type { World } from './world/world.ts';

/** Every scenario, in the order in which they are played. */
export const scenarios: readonly Scenario<World>[] = [
  relayKilled,
  twoRelays,
  poison,
  consumerKilled,
  badNetwork,
  lateConfirmation,
  oversell,
  oneKey,
  replyCut,
  bindingRemoved,
  oneBindingRemoved,
  rabbitmqKilled,
  rabbitmqFrozen,
  servicesKilled,
  killedAtEachStep,
  postgresKilled,
  throughput,
];
