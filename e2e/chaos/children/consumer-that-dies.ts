/** A consumer that dies when its first effect is committed and before it is acknowledged. */
import { effectOf, mailroomQueue } from '../world/mailroom-tables.ts';
import { die, openParts } from './mailroom-parts.ts';

const { postgres, bus } = await openParts();
await bus.consume({
  ...mailroomQueue,
  prefetch: 1,
  handle: async (event) => {
    if ((await effectOf(postgres, event)) === 'applied') await die();
  },
});
