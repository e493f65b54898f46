/*
 * What must be remembered: the ports, and what each verb promises. A backend implements the verbs it is good at;
 * composition is object spread. Times are milliseconds since the epoch. Only the store's own clock judges: a verb
 * that decides by time returns that time as `now`, and callers never send theirs.
 *
 * Every verb succeeds as a whole or not at all, and resolves only when what it wrote is durable. "Not there" is
 * `null` or `false`; verbs reject only when the store itself failed.
 */

/** One person who may sign in. Apps with users of their own never meet this. */
export interface User {
  /** Never used again after deletion; travels as `sub`. */
  readonly id: string
  /** The name as it was registered. */
  readonly username: string
  /** The form in which names are compared: unique. */
  readonly usernameKey: string
  /** PHC string, or a form that another system left; `null` when nobody can sign in with a password. */
  readonly passwordHash: string | null
  /** Space-separated scopes that access tokens of this user carry (RFC 8693); `''` for none. */
  readonly scope: string
  readonly createdAt: number
  readonly passwordChangedAt: number
  readonly disabledAt: number | null
}

export type EndReason =
  | 'logout'
  | 'revoked'
  | 'reuse'
  | 'replaced'
  | 'password_changed'
  | 'user_disabled'
  | 'user_deleted'
  | 'limit'

/** When each of the last four generations was superseded: `[gen - 1, gen - 2, gen - 3, gen - 4]`. */
export type Superseded = readonly [number | null, number | null, number | null, number | null]

/** One sign-in on one device. It is also the token family: its refresh tokens are its generations. */
export interface Session {
  /** 16 random bytes as base64url: 22 characters. */
  readonly id: string
  readonly userId: string
  /** How often it was rotated; 0 after sign-in. */
  readonly generation: number
  readonly superseded: Superseded
  readonly createdAt: number
  /** When the user last proved who they are (OIDC `auth_time`); 0 where nobody knows. */
  readonly authenticatedAt: number
  readonly lastUsedAt: number
  /** Idle end, never later than `endsAt`. */
  readonly expiresAt: number
  /** Absolute end, fixed at sign-in. */
  readonly endsAt: number
  /** The subject's epoch when the session was started, or when its claims last changed. */
  readonly epoch: number
  readonly userAgent: string | null
  readonly address: string | null
  readonly label: string | null
  readonly endedAt: number | null
  readonly endedReason: EndReason | null
}

/** A refresh token of another system that is traded for a session. Times in milliseconds. */
export interface AdoptedToken {
  /** What names it, and no other: it is traded once. */
  readonly key: string
  /** 0 where it does not say. */
  readonly issuedAt: number
  /** When its user proved who they are; 0 where it does not say. */
  readonly authenticatedAt: number
  /** From then on nobody takes it any more, and it need not be remembered. */
  readonly until: number
}

/** What a sign-in brings; the store adds the times, the generation and the epoch. */
export interface NewSession {
  readonly id: string
  readonly userId: string
  /** Milliseconds until the idle end. */
  readonly idle: number
  /** Milliseconds until the absolute end. */
  readonly absolute: number
  readonly userAgent: string | null
  readonly address: string | null
  readonly label: string | null
  /** The session of the same device that this one takes the place of; ended with reason `replaced` if it lives. */
  readonly replaces: string | null
  /** When the password that was proved had been set: if it is another one by now, nobody signs in. */
  readonly passwordChangedAt?: number | null
  /**
   * The token that the session is given for: as if it had been generation 0, the row begins at 1, and its user was
   * authenticated when the token says.
   */
  readonly adopts?: AdoptedToken | null
}

/** A row and the store's time, read by the same statement. */
export interface Judged {
  readonly session: Session
  readonly now: number
}

export interface RotationRules {
  /** Milliseconds in which a superseded generation is still answered. */
  readonly grace: number
  /** Milliseconds from one rotation to the idle end. */
  readonly idle: number
}

/** Why sessions end, and how long (ms) unexpired access tokens of theirs may still go round. */
export interface Ending {
  readonly reason: EndReason
  readonly hold: number
}

/** Something that happened, as an audit row. `data` never holds a token, a password or a key. */
export interface NewEvent {
  readonly type: string
  readonly userId: string | null
  readonly sessionId: string | null
  readonly address: string | null
  readonly userAgent: string | null
  readonly data: Readonly<Record<string, string | number | boolean | null>>
}

export interface StoredEvent extends NewEvent {
  /** Ascending in the order of writing. */
  readonly id: number
  readonly at: number
}

export interface NewUser extends Pick<User, 'id' | 'username' | 'usernameKey' | 'passwordHash' | 'scope'> {
  /** @default false */
  readonly disabled?: boolean
}

export interface UserStore {
  /**
   * Resolves to `null` when the name's key is taken, or the id is or ever was: of any number of racing callers one gets
   * the user.
   */
  create(user: NewUser, event: NewEvent): Promise<User | null>
  find(id: string): Promise<User | null>
  findByKey(usernameKey: string): Promise<User | null>
  /** In the order of their keys, those after `after`. */
  list(page: { readonly after: string | null; readonly limit: number }): Promise<User[]>
  /** Replaces the hash if it still is `from`: an upgrade that changes no password, so it ends nothing. */
  upgradeHash(id: string, from: string, to: string): Promise<boolean>
  /**
   * New hash, every session ended, epoch raised, one `user` entry, a session for this device if one is given, the
   * event: together. With `from`, only while the hash still is that one; `null` when it is not, or nobody is there.
   */
  changePassword(
    id: string,
    change: { readonly from: string | null; readonly to: string; readonly hold: number },
    session: NewSession | null,
    event: NewEvent,
  ): Promise<{ readonly session: Session | null; readonly now: number } | null>
  /** Disabling also ends every session and raises the epoch. `false` when nobody is there. */
  setDisabled(id: string, disabled: boolean, hold: number, event: NewEvent): Promise<boolean>
  /**
   * New scope, epoch raised, one `claims` entry. Living sessions move to the new epoch: their access tokens are
   * stale, their refresh tokens are not.
   */
  setScope(id: string, scope: string, hold: number, event: NewEvent): Promise<boolean>
  /** Removes the user and all sessions of theirs; epoch and `user` entry stay, events keep the id only. */
  delete(id: string, hold: number, event: NewEvent): Promise<boolean>
}

export interface SessionStore {
  /**
   * Writes the row with the subject's epoch read by the same statement, ends what it replaces of the same user and, beyond `limit`
   * living sessions of this user, the least recently used (reason `limit`, log entry and event each).
   * `null` when the user is one of ours and disabled, or has another password since it was proved, or was deleted. With
   * `adopts` also when that token was traded before, or issued before all sessions of the user, or of everybody, were
   * last ended, or the session is there.
   */
  start(
    session: NewSession,
    rules: { readonly limit: number; readonly hold: number },
    event: NewEvent,
  ): Promise<Judged | null>
  /** The row, the subject's epoch now and the time, by one statement. */
  find(id: string): Promise<(Judged & { readonly epoch: number }) | null>
  /** Living sessions of a user, newest first. */
  list(userId: string): Promise<Session[]>
  /**
   * Moves a living session from generation `from` to `from + 1`: one statement. Of any number of callers with the
   * same `from`, one gets the row and the others `null`. `null` also when it has ended or expired, when the epoch
   * is behind, or when the fourth last rotation is younger than the grace.
   */
  rotate(id: string, from: number, rules: RotationRules): Promise<Judged | null>
  /**
   * Brings a living session up from generation `from` to `to` after the store lost commits: times are shifted by
   * the distance and the unknown ones are now. With it, the event. `false` when the row no longer is at `from`.
   */
  catchUp(id: string, from: number, to: number, event: NewEvent): Promise<boolean>
  /** Ends it, with a `sid` entry and the event, which names it and its user; resolves to whether this call was the one that did. */
  end(id: string, ending: Ending, event: NewEvent): Promise<boolean>
  /**
   * Ends every living session of a user and resolves to how many. Without `keep`: epoch raised and one `user`
   * entry, also where no session lives. With `keep`: that session stays, one `sid` entry for each other one.
   */
  endAll(userId: string, ending: Ending & { readonly keep: string | null }, event: NewEvent): Promise<number>
  /** Forgets sessions past their absolute end and adopted tokens past theirs, at most `limit` of each; resolves to how many. */
  deleteExpired(limit: number): Promise<number>
}

export type RevocationKind = 'jti' | 'sid' | 'user' | 'claims' | 'not_before_user' | 'not_before' | 'kid'

/** One line of the revocation log. What `id` and `value` mean is the kind's business: sessions.md V1. */
export interface RevocationEntry {
  readonly seq: number
  readonly kind: RevocationKind
  /** Token id, session id, `sub`, issuer or key id. */
  readonly id: string
  /** Epoch (`user`, `claims`), or a time in whole seconds (`not_before…`); else `null`. */
  readonly value: number | null
  /** No token that it concerns outlives this. */
  readonly until: number
}

export interface RevocationPage {
  /** Changes when the log was replaced by another one (a restored database). */
  readonly logId: string
  /** The newest number of the log when it was read. */
  readonly head: number
  /**
   * The entry that the cursor names, also when it has run out; `null` when there is none. Who read it before sees by it
   * whether this is still the same history: a database that was set back numbers other entries alike.
   */
  readonly anchor: RevocationEntry | null
  /** Ascending, without gaps after the cursor apart from entries that have run out. */
  readonly entries: readonly RevocationEntry[]
  /** Whether more follow after the last entry. */
  readonly more: boolean
  readonly now: number
}

export interface RevocationLog {
  /** The page after `cursor` of what has not run out; 0 starts from the beginning. */
  since(cursor: number, limit: number): Promise<RevocationPage>
  revokeToken(jti: string, until: number, event: NewEvent): Promise<void>
  /**
   * "Everything issued before `at` (whole seconds)", of one user or of the whole issuer; ends the sessions signed in
   * before it, with a `sid` entry for those that were started (adopted) since, and resolves to how many. No token that was issued before it is adopted from then on.
   */
  setNotBefore(
    scope: { readonly userId: string } | { readonly issuer: string },
    at: number,
    ending: Ending,
    event: NewEvent,
  ): Promise<number>
  /** Forgets entries that have run out, at most `limit`, but never the newest of all; resolves to how many. */
  purge(limit: number): Promise<number>
}

/** "Ask the log now." A hint only: the log is the truth, and readers ask every two seconds anyway. */
export interface RevocationSignal {
  announce(): Promise<void>
  /** Calls back after announcements of any process that can be heard; resolves to what stops it. */
  watch(onNews: () => void): Promise<() => Promise<void>>
}

export type KeyState = 'announced' | 'active' | 'retiring' | 'refresh_only'

/** A signing key at rest. The private half is sealed before it comes here. */
export interface StoredKey {
  readonly kid: string
  readonly algorithm: string
  readonly state: KeyState
  readonly publicJwk: string
  /** `null` once the private half has been destroyed. */
  readonly sealed: string | null
  readonly createdAt: number
  /** When it entered its state. */
  readonly since: number
}

export interface KeyStore {
  list(): Promise<{ readonly keys: readonly StoredKey[]; readonly version: number; readonly now: number }>
  /**
   * Replaces the whole ring if its version still is `version`, together with the `kid` entry of a revoked key and
   * the event. `false` when another node was first.
   */
  replace(
    version: number,
    keys: readonly StoredKey[],
    revoked: { readonly kid: string; readonly hold: number } | null,
    event: NewEvent,
  ): Promise<boolean>
}

export interface Attempt {
  /** Whether this attempt may go on. It was counted before the answer, so racing callers cannot pass together. */
  readonly allowed: boolean
  readonly count: number
  /** When the window or the block ends. */
  readonly until: number
  readonly now: number
}

/** How attempts in a row are slowed down: some at once, then waits that double. Times in milliseconds. */
export interface RowRules {
  /** So many may follow at once. */
  readonly free: number
  /** Before the one after those; twice as long after each further one. */
  readonly wait: number
  /** No wait is longer. At least `wait`. */
  readonly longest: number
  /** Beyond so many nothing is allowed until the row is forgotten. */
  readonly most: number
  /** So long after its last attempt a row is forgotten. At least `longest`. */
  readonly memory: number
}

export interface AttemptStore {
  /**
   * Counts one attempt in a window of `window` ms that starts with the first; at most `limit` are allowed. What a
   * block turns away is not counted.
   */
  take(key: string, limit: number, window: number): Promise<Attempt>
  /**
   * Counts one attempt in a row, which `clear` ends. Of any number of racing callers only those pass together that may
   * follow at once; what a wait turns away is not counted. `until` is when the next one may follow.
   */
  takeInRow(key: string, rules: RowRules): Promise<Attempt>
  /** Lets nothing through under `key` for `duration` ms; the count stays. */
  block(key: string, duration: number): Promise<void>
  clear(key: string): Promise<void>
  purge(limit: number): Promise<number>
}

export interface EventLog {
  append(event: NewEvent): Promise<void>
  /** Newest first, those with a smaller id than `before`. */
  list(filter: {
    readonly before?: number
    readonly limit: number
    readonly type?: string
    readonly userId?: string
    readonly sessionId?: string
  }): Promise<StoredEvent[]>
  /** Of the `limit` oldest events forgets those older than `age` (ms); resolves to how many. */
  purge(age: number, limit: number): Promise<number>
}

export interface Store {
  readonly users: UserStore
  readonly sessions: SessionStore
  readonly revocations: RevocationLog
  readonly signal: RevocationSignal
  readonly keys: KeyStore
  readonly attempts: AttemptStore
  readonly events: EventLog
  /** The secret that seals stored keys; at least 32 bytes. Where it comes from is the backend's or its caller's business. */
  sealingSecret(): Promise<Uint8Array>
  /** Resolves to the store's time when it can be reached. */
  ping(): Promise<number>
  close(): Promise<void>
}
