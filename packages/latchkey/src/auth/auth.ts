import type { User } from '../store/store.ts'
import type { Device, Sessions, TokenPair } from './sessions.ts'

/** A user as applications see them: without the hash. */
export type Account = Omit<User, 'passwordHash' | 'usernameKey'>

export interface Credentials {
  readonly username: string
  readonly password: string
}

/** Sessions, and the accounts they belong to. */
export interface Auth extends Sessions<Account> {
  /** @throws {AuthError} `account_taken`, `weak_password`, `invalid_input` */
  register(credentials: Credentials, device?: Device): Promise<Account>
  /** @throws {AuthError} `invalid_credentials`: the same, and after the same work, for unknown users */
  login(credentials: Credentials, device?: Device): Promise<TokenPair>
  /** Ends every session of the user and starts a new one for this device. */
  changePassword(
    userId: string,
    change: { readonly currentPassword: string; readonly newPassword: string },
    device?: Device,
  ): Promise<TokenPair>
}
