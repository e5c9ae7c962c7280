import type { House } from './world.ts';

/** Whether an instance of a service says that its outbox needs somebody, for this cause. */
export async function isAlarmed(
  { stack }: House,
  service: 'orders' | 'products',
  cause: 'unroutable' | 'binding',
): Promise<boolean> {
  const urls = stack.replicas?.[service] ?? [];
  const texts = await Promise.all(urls.map(async (url) => (await fetch(`${url}/metrics`)).text()));
  return texts.some((text) => text.split('\n').includes(`outbox_alarm{cause="${cause}",service="${service}"} 1`));
}
