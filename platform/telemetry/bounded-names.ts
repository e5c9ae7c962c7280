/** What stands for all names that came too late to have series of their own. */
export const otherName = 'other';

/** What stands for an operation without a name. */
export const anonymousName = 'anonymous';

/**
 * Makes names that clients choose fit for labels: the first `max` that come are kept, every other one becomes `other`. So whoever
 * invents names cannot make series without end. A name of our own (`isTrusted`) is always kept.
 */
export function createBoundedNames(max: number): (name: string | null | undefined, isTrusted?: boolean) => string {
  const known = new Set<string>();
  return (name, isTrusted = false) => {
    if (!name) return anonymousName;
    if (known.has(name)) return name;
    if (!isTrusted && known.size >= max) return otherName;
    known.add(name);
    return name;
  };
}
