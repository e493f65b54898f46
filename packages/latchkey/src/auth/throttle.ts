import { createHash } from 'node:crypto'
import { isIPv6 } from 'node:net'
import { AuthError } from '../base/errors.ts'
import { type NamesOf, requireKnownNames } from '../base/known-names.ts'
import type { Attempt, AttemptStore, RowRules } from '../store/store.ts'

/** At most `limit` attempts in a window of `window` milliseconds that starts with the first. */
export interface Limit {
  readonly limit: number
  readonly window: number
}

export interface LimitOptions {
  /**
   * Sign-ins of one account in a row that fail, wherever they come from. One that succeeds ends the row.
   *
   * @default 5 at once, then waits of 1, 2, 4 … 900 s; after 100, or without a further one, a day until all is forgotten
   */
  readonly account?: Partial<RowRules>
  /** Sign-ins from one address. @default 30 in a minute */
  readonly signIns?: Limit
  /** Registrations from one address. @default 10 in an hour */
  readonly registrations?: Limit
  /** Refreshes from one address. @default 60 in a minute */
  readonly refreshes?: Limit
}

const OPTIONS: NamesOf<LimitOptions> = { account: true, signIns: true, registrations: true, refreshes: true }

/** Where a sign-in stands in its row: how many there were with it, and whether nobody gets another one after it. */
export interface Standing {
  readonly attempts: number
  readonly isLast: boolean
}

/** Counts before the work is done, so that racing guesses cannot pass together (L-01). */
export interface Throttle {
  /** @throws {AuthError} `too_many_attempts` with `retryAfter` */
  signIn(usernameKey: string, address: string | null): Promise<Standing>
  signedIn(usernameKey: string): Promise<void>
  registration(address: string | null): Promise<void>
  refresh(address: string | null): Promise<void>
}

const MINUTE = 60_000

/** L-02. */
const ACCOUNT: RowRules = {
  free: 5,
  wait: 1000,
  longest: 15 * MINUTE,
  most: 100,
  memory: 24 * 60 * MINUTE,
}

const OPEN: Throttle = {
  signIn: async () => ({ attempts: 1, isLast: false }),
  signedIn: async () => {},
  registration: async () => {},
  refresh: async () => {},
}

/**
 * @param options `false` for no limits at all: tests, or a limiter in front
 * @throws {TypeError} for limits that cannot work
 */
export function createThrottle(store: AttemptStore, options: LimitOptions | false = {}): Throttle {
  if (options === false) return OPEN
  requireKnownNames(options, OPTIONS, 'limits')
  const {
    signIns = { limit: 30, window: MINUTE },
    registrations = { limit: 10, window: 60 * MINUTE },
    refreshes = { limit: 60, window: MINUTE },
  } = options
  const account = requireRules({ ...ACCOUNT, ...options.account })
  const take = async (key: string, { limit, window }: Limit): Promise<void> =>
    requireAllowed(await store.take(key, limit, window))
  const fromAddress = async (what: string, address: string | null, limit: Limit): Promise<void> => {
    // Who calls the library directly may know no address; the account's own limit holds all the same.
    if (address !== null) await take(`${what}:${networkOf(address)}`, limit)
  }
  return {
    async signIn(usernameKey, address) {
      await fromAddress('sign_in', address, signIns)
      const attempt = await store.takeInRow(accountKey(usernameKey), account)
      requireAllowed(attempt)
      return { attempts: attempt.count, isLast: attempt.count >= account.most }
    },
    signedIn: (usernameKey) => store.clear(accountKey(usernameKey)),
    registration: (address) => fromAddress('register', address, registrations),
    refresh: (address) => fromAddress('refresh', address, refreshes),
  }
}

function requireAllowed({ allowed, until, now }: Attempt): void {
  if (allowed) return
  throw new AuthError('too_many_attempts', 'Too many attempts. Try again later.', {
    retryAfter: Math.max(1, Math.ceil((until - now) / 1000)),
  })
}

function requireRules(rules: RowRules): RowRules {
  const { free, wait, longest, most, memory } = rules
  const areWhole = Object.values(rules).every((value) => Number.isSafeInteger(value) && value >= 0)
  if (areWhole && free < most && wait > 0 && wait <= longest && longest <= memory) return rules
  throw new TypeError(
    'limits.account: expected whole numbers: free below most, and 0 < wait <= longest <= memory (ms).',
  )
}

/** A digest, so that the table of attempts is no list of the names that people tried. */
function accountKey(usernameKey: string): string {
  return `account:${createHash('sha256').update(usernameKey).digest('base64url').slice(0, 22)}`
}

/**
 * What one subscriber holds: an IPv4 address, or the first 64 bits of an IPv6 one, in one spelling each (H-15, I-95).
 */
export function networkOf(address: string): string {
  const bare = address.replace(/%.*$/, '')
  if (!isIPv6(bare)) return address
  // URL spells every address in one way; "::" stands for as many zeros as are missing.
  const spelled = new URL(`http://[${bare}]`).hostname.slice(1, -1)
  const mapped = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/.exec(spelled)
  if (mapped) return dotted(`${mapped[1]}`, `${mapped[2]}`)
  const [head = '', tail] = spelled.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = new Array<string>(8 - left.length - right.length).fill('0')
  const groups = [...left, ...(tail === undefined ? [] : zeros), ...right]
  return `${groups.slice(0, 4).join(':')}::/64`
}

/** IPv4 as it stands in IPv6 (RFC 4291 section 2.5.5.2), in its own spelling. */
function dotted(...halves: readonly string[]): string {
  return halves
    .map((half) => Number.parseInt(half, 16))
    .flatMap((half) => [half >> 8, half & 255])
    .join('.')
}
