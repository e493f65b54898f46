import type { MaybePromise } from '../base/chain.ts'
import { type NamesOf, requireKnownNames } from '../base/known-names.ts'
import type { User } from '../store/store.ts'
import { type AccountCache, createAccountCache } from './account-cache.ts'
import { type AccountDeps, changePassword, login, register, resetPassword } from './accounts.ts'
import { newEvent } from './events.ts'
import { createHookCaller, HOOK_OPTIONS, type VerifyHooks } from './hooks.ts'
import { type Imported, type ImportedUser, importUser } from './importing.ts'
import type { GateLoad } from './passwords/gate.ts'
import { createPasswords, type PasswordOptions } from './passwords.ts'
import type { AccessExtras } from './rotation.ts'
import {
  createSessionCore,
  type Device,
  SESSION_SETTINGS,
  type SessionSettings,
  type Sessions,
  type SessionsStatus,
  type SignIn,
  type TokenPair,
} from './sessions.ts'
import { createThrottle, type LimitOptions } from './throttle.ts'

/** A user as applications see them: without the hash. */
export type Account = Omit<User, 'passwordHash' | 'usernameKey'>

export interface Credentials {
  readonly username: string
  readonly password: string
}

/** A new account. */
export interface Registration extends Credentials {
  /** Space-separated scopes for its access tokens. Never take it from the request. @default '' */
  readonly scope?: string
}

export interface PasswordChange {
  readonly currentPassword: string
  readonly newPassword: string
}

/** How a door with accounts stands, for metrics. */
export interface AuthStatus extends SessionsStatus {
  /** How many password hashes are computed at this moment, and how many wait for their turn. */
  readonly passwords: GateLoad
}

/** Sessions, and the accounts they belong to. */
export interface Auth extends Sessions<Account> {
  /** @throws {AuthError} `account_taken`, `weak_password`, `invalid_input`, `too_many_attempts` */
  register(registration: Registration, device?: Device): Promise<Account>
  /**
   * An account of another system, with its id and the hash of its password. Whoever imports the same one again changes
   * nothing. Checks no password, so it is no endpoint.
   *
   * @throws {AuthError} `account_taken` when the name or the id is somebody else's, `invalid_input`
   */
  importUser(user: ImportedUser, device?: Device): Promise<Imported>
  /**
   * @throws {AuthError} `invalid_credentials`: the same, after the same work, for unknown and disabled users;
   *   `too_many_attempts`
   */
  login(credentials: Credentials, device?: SignIn): Promise<TokenPair>
  /**
   * Ends every session of the user and starts a new one for this device.
   *
   * @throws {AuthError} `invalid_credentials`, `weak_password`, `user_not_found`
   */
  changePassword(userId: string, change: PasswordChange, device?: Device): Promise<TokenPair>
  /**
   * An administrator's: a new password without the current one, and an end to every session and every wait for this
   * account. `false` when nobody is there.
   *
   * @throws {AuthError} `weak_password`, `invalid_input`
   */
  resetPassword(userId: string, newPassword: string, device?: Device): Promise<boolean>
  /** Disabling ends every session before it resolves. `false` when nobody is there. */
  setDisabled(userId: string, disabled: boolean): Promise<boolean>
  /** New scopes: access tokens with the old ones answer `stale_claims` from now on, a refresh brings the new ones. */
  setScope(userId: string, scope: string): Promise<boolean>
  /** Forgets the user and ends every session. */
  deleteUser(userId: string): Promise<boolean>
  status(): AuthStatus
}

export interface AuthOptions extends SessionSettings, Omit<VerifyHooks<Account>, 'loadUser'> {
  /** Claims to add to each access token. What it returns is copied, never written to. */
  readonly claims?: (identity: string, account: Account) => MaybePromise<Readonly<Record<string, unknown>>>
  readonly passwords?: PasswordOptions
  /** `false` for none. */
  readonly limits?: LimitOptions | false
}

const { loadUser: _, ...HOOKS } = HOOK_OPTIONS
const OPTIONS: NamesOf<AuthOptions> = {
  ...SESSION_SETTINGS,
  ...HOOKS,
  claims: true,
  passwords: true,
  limits: true,
}

/**
 * Accounts, sign-in, sessions, keys: everything, on a store.
 *
 * @example
 * ```ts
 * const auth = createAuth({ store: await sqliteStore('app.db') })
 * await auth.register({ username: 'ada', password: 'correct horse battery staple' })
 * const { accessToken } = await auth.login({ username: 'ada', password: 'correct horse battery staple' })
 * const { user } = await auth.authenticate(accessToken)
 * ```
 * @throws {TypeError} for options that cannot work
 */
export function createAuth(options: AuthOptions): Auth {
  requireKnownNames(options, OPTIONS, 'createAuth')
  const { store, claims: claimsHook, passwords, limits } = options
  const callHook = createHookCaller(options.hookDeadline)
  // The cache hears of changes through the core, and the core asks the cache: the hooks below run only later.
  const prepare = async (userId: string): Promise<AccessExtras | null> => {
    const account = await cache.read(userId)
    if (!account) return null
    const claims = claimsHook ? { ...(await callHook('claims', () => claimsHook(userId, account))) } : {}
    return { scope: account.scope, claims }
  }
  const hooks: VerifyHooks<Account> = { ...options, loadUser: ({ sub }) => cache.find(sub) }
  const core = createSessionCore(options, hooks, callHook, prepare)
  const cache: AccountCache = createAccountCache(store.users, core.liveness)
  const throttle = createThrottle(store.attempts, limits)
  const hashing = createPasswords(passwords)
  const deps: AccountDeps = { core, store, passwords: hashing, throttle }
  const { sessions, rotation, liveness } = core
  const { hold } = rotation

  const felt = async (changed: boolean): Promise<boolean> => {
    await liveness.felt()
    return changed
  }
  return {
    ...sessions,
    async refresh(token, device = {}) {
      await throttle.refresh(device.address ?? null)
      return sessions.refresh(token, device)
    },
    register: (registration, device = {}) => register(deps, registration, device),
    importUser: (user, device = {}) => importUser(deps, user, device),
    login: (credentials, device = {}) => login(deps, credentials, device),
    changePassword: (userId, change, device = {}) => changePassword(deps, userId, change, device),
    resetPassword: (userId, newPassword, device = {}) => resetPassword(deps, userId, newPassword, device),
    async setDisabled(userId, disabled) {
      const event = newEvent(disabled ? 'user.disabled' : 'user.enabled', { userId })
      return felt(await store.users.setDisabled(userId, disabled, hold, event))
    },
    async setScope(userId, scope) {
      return felt(
        await store.users.setScope(
          userId,
          scope,
          hold,
          newEvent('user.scope_changed', { userId, data: { scope } }),
        ),
      )
    },
    async deleteUser(userId) {
      const user = await store.users.find(userId)
      const wasThere = await store.users.delete(userId, hold, newEvent('user.deleted', { userId }))
      // Who registers the name next does not wait for the failures of somebody who is gone.
      if (user) await throttle.signedIn(user.usernameKey)
      return felt(wasThere)
    },
    status: () => ({ ...sessions.status(), passwords: hashing.load() }),
  }
}
