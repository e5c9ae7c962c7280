import { byId, setText } from './dom.js';

const key = 'storefront-console';
const listeners = new Set();
let session = JSON.parse(sessionStorage.getItem(key) ?? 'null');

/** The headers of a request in the name of whoever is signed in. */
export const authorization = () => (session ? { authorization: `Bearer ${session.token}` } : {});
export const isSignedIn = () => session !== null;

/** Calls the listener now and after each sign-in and sign-out. */
export function onSession(listener) {
  listeners.add(listener);
  listener(session);
}

export function signOut() {
  session = null;
  sessionStorage.removeItem(key);
  tell();
}

/** Lets the dialog sign in; shows why it could not. */
export function prepareSignIn() {
  const dialog = byId('sign-in');
  byId('session').addEventListener('click', () => (session ? signOut() : dialog.showModal()));
  byId('sign-in-cancel').addEventListener('click', () => dialog.close());
  byId('sign-in-form').addEventListener('submit', async (event) => {
    event.preventDefault();
    const fault = await signIn(byId('email').value, byId('password').value);
    setText(byId('sign-in-fault'), fault ?? '');
    if (fault === null) dialog.close();
  });
  tell();
}

async function signIn(email, password) {
  const response = await fetch('/api/v1/sign-in', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
  });
  const answer = await response.json();
  if (!response.ok) return answer.detail ?? answer.title ?? 'That did not work.';
  session = { token: answer.accessToken, email };
  sessionStorage.setItem(key, JSON.stringify(session));
  byId('password').value = '';
  tell();
  return null;
}

function tell() {
  setText(byId('session'), session ? `Sign out ${session.email}` : 'Sign in');
  for (const listener of listeners) listener(session);
}
