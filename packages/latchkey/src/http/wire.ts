/*
 * What goes over the wire, as types: the endpoints write it, clients read it. Times are RFC 3339, durations seconds.
 */

/** `POST /register` and `POST /login`. */
export interface CredentialsBody {
  readonly username: string
  readonly password: string
}

/** Answer of `POST /register`. */
export interface AccountBody {
  readonly id: string
  readonly username: string
}

/** `POST /refresh`; without a body the token comes in a header or cookie. */
export interface RefreshBody {
  readonly refresh_token: string
}

/** `POST /password`. */
export interface PasswordBody {
  readonly current_password: string
  readonly new_password: string
}

/**
 * Answer of `POST /login`, `POST /refresh` and `POST /password`. The tokens are absent where only cookies carry
 * them: page scripts, and whoever injects some, never see them.
 */
export interface TokenBody {
  readonly access_token?: string
  readonly refresh_token?: string
  readonly token_type: 'Bearer'
  /** Of the access token, in seconds. */
  readonly expires_in: number
}

/** Answer of `GET /whoami`. */
export interface WhoamiBody {
  readonly logged_in_as: string
  readonly id: string
  /** `null` for tokens that belong to no session. */
  readonly session: { readonly id: string; readonly authenticated_at: string | null } | null
  readonly claims: Readonly<Record<string, unknown>>
}

/** One sign-in on one device. */
export interface SessionBody {
  readonly id: string
  readonly created_at: string
  readonly last_used_at: string
  readonly expires_at: string
  readonly user_agent: string | null
  readonly address: string | null
  readonly label: string | null
  /** Whether it is the one that asks. */
  readonly current: boolean
}

/** Answer of `GET /sessions`, newest first. */
export interface SessionsBody {
  readonly sessions: readonly SessionBody[]
}

/** Answer of `DELETE /logout` and `POST /logout`. */
export interface MessageBody {
  readonly msg: string
}

/** Every refusal. Branch on `error`. */
export interface ErrorBody {
  /** One of the closed list of codes. */
  readonly error: string
  readonly msg: string
  /** `invalid_input`, `account_taken`: the field that is wrong. */
  readonly field?: string
  /** In development: which check failed. */
  readonly reason?: string
}
