/** A relay that works until SIGTERM, then tells how many events it has published. */
import { startRelay } from '@storefront/platform/outbox/relay.ts';
import { MAILROOM_SCHEMA } from '../world/mailroom-tables.ts';
import { openParts } from './mailroom-parts.ts';

const { bus, postgres, ...parts } = await openParts();
let published = 0;
const counting = {
  onBack: bus.onBack,
  publish: async (...[event, exchange]: Parameters<typeof bus.publish>) => {
    await bus.publish(event, exchange);
    published += 1;
  },
};
const relay = await startRelay({ ...parts, postgres, bus: counting }, { schema: MAILROOM_SCHEMA });
process.once('SIGTERM', () => {
  void relay.close().then(() => process.send?.(published, () => process.exit(0)));
});
