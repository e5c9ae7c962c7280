import { z } from 'zod';
import { defineEvent } from './event.ts';

/** An account is gone. The subject is the user's id. */
export const userDeleted = defineEvent({
  type: 'user.deleted',
  exchange: 'users',
  version: 1,
  data: z.object({ userId: z.string() }),
});
