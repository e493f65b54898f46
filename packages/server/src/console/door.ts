import { type Auth, type AuthOptions, createAuth, type Store } from 'latchkey'

/**
 * The console's own door to the accounts: its tokens are for itself, so none of an application opens it, and its own are
 * good for nothing else. A sign-in lasts a working day.
 */
export function openDoor(
  store: Store,
  issuer: string,
  options: Pick<AuthOptions, 'answer' | 'limits' | 'revocation'>,
): Auth {
  const lifetime = { idle: '12h', session: '12h' } as const
  return createAuth({ ...options, store, issuer, audience: `${issuer}/console`, lifetime })
}
