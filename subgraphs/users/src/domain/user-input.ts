import { z } from 'zod';

/** An argument that does not say what it must: its field, and a sentence for people. */
export interface Fault {
  readonly field: string;
  readonly message: string;
}

/** What was read from an argument, or what is wrong with it. */
export type Reading<Value> = { readonly value: Value } | { readonly fault: Fault };

const nameLength = { min: 1, max: 100 };
const passwordLength = { min: 10, max: 200 };
const maxEmailLength = 254;
const address = z.email();

/** A name of 1 to 100 characters, trimmed, on one line. */
export function readName(text: string): Reading<string> {
  const name = text.trim();
  if (name.length < nameLength.min) return refuse('name', 'A name must not be empty.');
  if (name.length > nameLength.max) return refuse('name', `A name has at most ${nameLength.max} characters.`);
  if (/\p{Cc}/u.test(name)) return refuse('name', 'A name must not hold control characters.');
  return { value: name };
}

/** An e-mail address, trimmed; its case is kept for people and ignored in comparisons. At most 254 characters (RFC 5321). */
export function readEmail(text: string): Reading<string> {
  const email = text.trim();
  if (email.length > maxEmailLength || !address.safeParse(email).success) {
    return refuse('email', 'This is not an e-mail address.');
  }
  return { value: email };
}

/** A password of 10 to 200 characters, taken as it is. Source: NIST SP 800-63B-4, 3.1.1.2 */
export function readPassword(text: string): Reading<string> {
  if (text.length < passwordLength.min) {
    return refuse('password', `A password has at least ${passwordLength.min} characters.`);
  }
  if (text.length > passwordLength.max) {
    return refuse('password', `A password has at most ${passwordLength.max} characters.`);
  }
  return { value: text };
}

/** What signs in, as it names itself, on one line of at most 100 characters; null when it says nothing. */
export function readClientName(text: string | null | undefined): string | null {
  const name = text?.replaceAll(/\p{Cc}+/gu, ' ').trim() ?? '';
  return name === '' ? null : name.slice(0, nameLength.max).toWellFormed();
}

/** What two writings of one address have in common. */
export function comparableEmail(email: string): string {
  return email.trim().toLowerCase();
}

function refuse(field: string, message: string): { fault: Fault } {
  return { fault: { field, message } };
}
