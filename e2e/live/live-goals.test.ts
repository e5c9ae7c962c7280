import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDice } from '../testing/scenarios/dice.ts';
import { flawless } from './judge.ts';
import * as scenarios from './scenarios.ts';
import { stopReading } from './stop-reading.ts';
import { openWorld, type World } from './world.ts';

describe('live events', () => {
  let state: string;
  let world: World;

  beforeAll(async () => {
    state = await mkdtemp(join(tmpdir(), 'storefront-live-'));
    world = await openWorld(state, () => undefined);
  }, 120_000);

  afterAll(async () => {
    await world?.close();
    await rm(state, { recursive: true, force: true });
  }, 60_000);

  it('reach every subscriber once and in order although sockets are cut all the time', async () => {
    const dice = createDice(Date.now() % 1_000_000);

    expect(await scenarios.cutSockets(world, scenarios.small, dice)).toMatchObject({ ...flawless, excused: 0 });
  }, 60_000);

  it('go on through new graphs without a disconnect', async () => {
    const verdict = await scenarios.swapSchemas(world, scenarios.small);

    expect(verdict).toMatchObject({ ...flawless, excused: 0, closings: 0 });
    expect(verdict.events).toBeGreaterThan(0);
  }, 90_000);

  it('are not lost with a gateway that is killed', async () => {
    expect(await scenarios.killGateway(world, scenarios.small)).toMatchObject({ ...flawless, excused: 0 });
  }, 90_000);

  it('are not lost with a RabbitMQ that is killed', async () => {
    expect(await scenarios.killRabbitmq(world, scenarios.small)).toMatchObject({ ...flawless, excused: 0 });
  }, 120_000);

  it('are not lost with a Redis that is killed, or their subscribers are told', async () => {
    expect(await scenarios.killRedis(world, scenarios.small)).toMatchObject(flawless);
  }, 120_000);

  it('tell every subscriber of a flush of Redis within two seconds', async () => {
    const { told, lastToldMs } = await scenarios.flushRedis(world, scenarios.small);

    expect(told).toBe(scenarios.small.subscriptions);
    expect(lastToldMs).toBeLessThan(2_000);
  }, 60_000);

  it('do not wait for a subscriber that stops reading, who is closed and reads on later', async () => {
    const verdict = await stopReading(world, scenarios.small);

    expect(verdict).toMatchObject({ ...flawless, excused: 0, closingsOfOthers: 0 });
    expect(verdict.closings).toHaveLength(1);
  }, 120_000);
});
