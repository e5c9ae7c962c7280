import { z } from 'zod';
import { defineEvent } from './event.ts';

/** Sessions are over before their time: their access tokens count no more. The subject is the user's id. */
export const sessionEnded = defineEvent({
  type: 'session.ended',
  exchange: 'users',
  version: 1,
  data: z.object({ userId: z.string(), sessionIds: z.array(z.string()).min(1) }),
});
