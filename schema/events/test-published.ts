import { z } from 'zod';
import { defineEvent } from './event.ts';

/** Sent by hand in the local stack, to see events travel: it leaves a notification for the user. The subject is the user's id. */
export const testPublished = defineEvent({
  type: 'test.published',
  exchange: 'orders',
  version: 1,
  subjectKind: 'user',
  data: z.object({ userId: z.string(), message: z.string().max(500) }),
});
