import { randomBytes } from 'node:crypto'
import { AuthError } from '../base/errors.ts'
import type { Store, User } from '../store/store.ts'
import type { Account, Credentials, PasswordChange, Registration } from './auth.ts'
import { newEvent } from './events.ts'
import type { Passwords } from './passwords.ts'
import { issuePair, startSession } from './rotation.ts'
import type { Device, SessionCore, SignIn, TokenPair } from './sessions.ts'
import type { Standing, Throttle } from './throttle.ts'
import { usernameKeyOf } from './usernames.ts'

/** What the account rules are handed. */
export interface AccountDeps {
  readonly core: SessionCore<Account>
  readonly store: Pick<Store, 'users' | 'events'>
  readonly passwords: Passwords
  readonly throttle: Throttle
}

export async function register(
  deps: AccountDeps,
  registration: Registration,
  device: Device,
): Promise<Account> {
  const { username, password, scope = '' } = requireCredentials(registration)
  const usernameKey = usernameKeyOf(username)
  deps.passwords.requireAcceptable(password, username)
  await deps.throttle.registration(device.address ?? null)
  const passwordHash = await deps.passwords.hash(password)
  const id = randomBytes(16).toString('base64url')
  const event = newEvent('user.registered', { userId: id }, device)
  const user = await deps.store.users.create({ id, username, usernameKey, passwordHash, scope }, event)
  if (!user) throw new AuthError('account_taken', 'That user name is taken.', { field: 'username' })
  return accountOf(user)
}

/** The same answer, after the same work, for an unknown user, a wrong password and a disabled account (P-07, P-09). */
export async function login(deps: AccountDeps, credentials: Credentials, device: SignIn): Promise<TokenPair> {
  const { username, password } = requireCredentials(credentials)
  const usernameKey = keyOrNull(username)
  const standing = await deps.throttle.signIn(usernameKey ?? username, device.address ?? null)
  const user = usernameKey === null ? null : await deps.store.users.findByKey(usernameKey)
  const { matches, upgrade } = await deps.passwords.verify(password, user?.passwordHash ?? null)
  if (!user || !matches || user.disabledAt !== null)
    return refuseLogin(deps, { user, matches, standing }, device)
  await deps.throttle.signedIn(user.usernameKey)
  if (upgrade) await upgradeHash(deps, user, password)
  return signIn(deps, user, device)
}

async function signIn({ core }: AccountDeps, user: User, device: SignIn): Promise<TokenPair> {
  const extras = await core.rotation.prepare(user.id, null)
  if (!extras) throw badCredentials('disabled')
  // A password that was changed while the old one was being checked must not let anybody in any more.
  const session = { ...core.newSession(user.id, device), passwordChangedAt: user.passwordChangedAt }
  const pair = await startSession(core.rotation, session, extras, device)
  await core.liveness.felt()
  return pair
}

interface Refused {
  readonly user: User | null
  readonly matches: boolean
  readonly standing: Standing
}

async function refuseLogin(
  deps: AccountDeps,
  { user, matches, standing: { attempts, isLast } }: Refused,
  device: Device,
): Promise<never> {
  const reason = !user ? 'unknown_user' : matches ? 'disabled' : 'wrong_password'
  // The event that locks an account is a failure as well, and one row says both (G-03).
  const type = isLast ? 'login.locked' : 'login.failed'
  const about = { userId: user?.id ?? null, data: { reason, attempts } }
  await deps.store.events.append(newEvent(type, about, device))
  throw badCredentials(reason)
}

/** Old parameters and other systems' formats become ours at the sign-in that proves the password. */
async function upgradeHash({ passwords, store }: AccountDeps, user: User, password: string): Promise<void> {
  if (user.passwordHash === null) return
  try {
    await store.users.upgradeHash(user.id, user.passwordHash, await passwords.hash(password))
  } catch (error) {
    // Too busy to hash once more: the next sign-in will do, and this one has proved its password.
    if (!(error instanceof AuthError && error.code === 'unavailable')) throw error
  }
}

export async function changePassword(
  deps: AccountDeps,
  userId: string,
  { currentPassword, newPassword }: PasswordChange,
  device: Device,
): Promise<TokenPair> {
  const { core, passwords, store, throttle } = deps
  const user = await store.users.find(userId)
  if (!user || user.disabledAt !== null) throw new AuthError('user_not_found', 'The user does not exist.')
  passwords.requireAcceptable(newPassword, user.username)
  const standing = await throttle.signIn(user.usernameKey, device.address ?? null)
  const { matches } = await passwords.verify(currentPassword, user.passwordHash)
  if (!matches) return refuseLogin(deps, { user, matches, standing }, device)
  await throttle.signedIn(user.usernameKey)
  const extras = await core.rotation.prepare(user.id, null)
  if (!extras) throw badCredentials('disabled')
  const change = { from: user.passwordHash, to: await passwords.hash(newPassword), hold: core.rotation.hold }
  const event = newEvent('user.password_changed', { userId }, device)
  const changed = await store.users.changePassword(userId, change, core.newSession(userId, device), event)
  // Somebody else changed it meanwhile: what was proved above is no longer the current password.
  if (!changed?.session) throw badCredentials('changed_meanwhile')
  await core.liveness.felt()
  return issuePair(core.rotation, { session: changed.session, now: changed.now }, extras, true)
}

/** An administrator's: without the current password, and without a session. `false` when nobody is there. */
export async function resetPassword(
  { core, passwords, store, throttle }: AccountDeps,
  userId: string,
  newPassword: string,
  device: Device,
): Promise<boolean> {
  const user = await store.users.find(userId)
  if (!user) return false
  passwords.requireAcceptable(newPassword, user.username)
  const change = { from: null, to: await passwords.hash(newPassword), hold: core.rotation.hold }
  const event = newEvent('user.password_reset', { userId }, device)
  if (!(await store.users.changePassword(userId, change, null, event))) return false
  // What was guessed at before is no longer the password.
  await throttle.signedIn(user.usernameKey)
  await core.liveness.felt()
  return true
}

/** Without what only the store and the password check need. */
export function accountOf({ passwordHash: _, usernameKey: __, ...account }: User): Account {
  return account
}

function badCredentials(reason: string): AuthError {
  return new AuthError('invalid_credentials', 'Bad username or password', { reason })
}

/** A name that no account can have is just an unknown one: signing in does not explain what names look like. */
function keyOrNull(username: string): string | null {
  try {
    return usernameKeyOf(username)
  } catch {
    return null
  }
}

function requireCredentials<C extends Credentials>(credentials: C): C {
  for (const field of ['username', 'password'] as const) {
    if (typeof credentials[field] !== 'string') {
      throw new AuthError('invalid_input', `"${field}" must be a string.`, { field })
    }
  }
  return credentials
}
