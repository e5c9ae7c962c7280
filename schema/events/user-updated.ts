import { z } from 'zod';
import { defineEvent } from './event.ts';

/** A user has another name or address. The subject is the user's id. */
export const userUpdated = defineEvent({
  type: 'user.updated',
  exchange: 'users',
  version: 1,
  data: z.object({ userId: z.string() }),
});
