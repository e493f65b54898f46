import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { type NamesOf, requireKnownNames } from '../base/known-names.ts'
import { requireAcceptable, requireReadable } from './passwords/acceptable.ts'
import { derive, type Engines } from './passwords/engines.ts'
import { writePhcArgon2 } from './passwords/formats/phc-argon2.ts'
import { writePhcScrypt } from './passwords/formats/phc-scrypt.ts'
import { createGate, type GateLoad } from './passwords/gate.ts'
import { loadEngines } from './passwords/threads.ts'
import { type Verification, verifyPassword } from './passwords/verify.ts'
import {
  ARGON2ID,
  type Argon2Work,
  composed,
  isAffordable,
  SCRYPT,
  type ScryptWork,
} from './passwords/work.ts'

/** How passwords are hashed, and which ones are taken. The defaults are those of OWASP and NIST; tests may go lower. */
export interface PasswordOptions {
  /** Memory of argon2id in KiB. Default 19,456; at most 262,144. */
  readonly memory?: number
  /** Passes of argon2id over its memory. Default 2; at most 10. */
  readonly passes?: number
  /** Lanes of argon2id. Default 1. */
  readonly parallelism?: number
  /**
   * Hashes at a time. Default: as many as the machine has cores, at most 4; where threads cannot have a priority of their
   * own (not Linux), one core less. In a container with a quota of processor time: no more than the quota.
   */
  readonly concurrency?: number
  /** Hashes that may wait for their turn; past it `unavailable` with `retryAfter`. Default 500. */
  readonly queue?: number
  /** Code points of a new password. Default 15; at least 8, for accounts with a second factor. */
  readonly minLength?: number
  /** Refused as a password (P-03). Default `latchkey`. */
  readonly serviceName?: string
}

const OPTIONS: NamesOf<PasswordOptions> = {
  memory: true,
  passes: true,
  parallelism: true,
  concurrency: true,
  queue: true,
  minLength: true,
  serviceName: true,
}

/** Hashes and checks passwords, off the main thread and a few at a time. */
export interface Passwords {
  /**
   * Refuses a new password that is too short or easily guessed.
   *
   * @throws {AuthError} `weak_password`, or `invalid_input` over 1,024 bytes
   */
  requireAcceptable(password: string, username: string): void
  /**
   * The hash to store, as a PHC string of argon2id.
   *
   * @throws {AuthError} `unavailable` when too many wait already, `invalid_input` over 1,024 bytes
   */
  hash(password: string): Promise<string>
  /**
   * Whether the password is the right one, and whether its hash should be replaced by a new one. The work is the same
   * when `stored` is `null` (an unknown user), malformed or older. A stored hash never makes it throw.
   *
   * @throws {AuthError} `unavailable` when too many wait already, `invalid_input` over 1,024 bytes
   */
  verify(password: string, stored: string | null): Promise<Verification>
  /** How many hashes are computed at this moment, and how many wait for their turn: for metrics. */
  load(): GateLoad
}

/**
 * Builds the one place where passwords are hashed. argon2id comes from `@node-rs/argon2`, else from Node (24.7 or later);
 * without either new hashes are scrypt, and become argon2id at the first sign-in after there is one (P-06).
 *
 * @throws {TypeError} for parameters that no hash can have
 */
export function createPasswords(options: PasswordOptions = {}): Passwords {
  requireKnownNames(options, OPTIONS, 'passwords')
  return passwordsOn(loadEngines(), options)
}

/** The same over given engines, for tests that count work. */
export function passwordsOn(
  loading: Promise<Engines>,
  {
    memory = ARGON2ID.memory,
    passes = ARGON2ID.passes,
    parallelism = ARGON2ID.parallelism,
    concurrency = defaultConcurrency(),
    queue = 500,
    minLength = 15,
    serviceName = 'latchkey',
  }: PasswordOptions,
): Passwords {
  requireWhole({ memory, passes, parallelism, concurrency, minLength }, 1)
  requireWhole({ queue }, 0)
  requireLength(minLength)
  const argon2 = requirePossible({ ...ARGON2ID, memory, passes, parallelism })
  const current = loading.then((engines) => (engines.hasArgon2 ? argon2 : SCRYPT))
  const gate = createGate({ concurrency, queue })

  return {
    requireAcceptable: (password, username) =>
      requireAcceptable(password, username, { minLength, serviceName }),
    async hash(password) {
      requireReadable(password)
      const [engines, work] = [await loading, await current]
      return gate(() => hashWith(engines, work, password))
    },
    async verify(password, stored) {
      requireReadable(password)
      const [engines, work] = [await loading, await current]
      return gate(() => verifyPassword(engines, work, password, stored))
    },
    load: gate.load,
  }
}

function defaultConcurrency(): number {
  const cores = availableParallelism()
  return Math.min(4, process.platform === 'linux' ? cores : Math.max(1, cores - 1))
}

async function hashWith(
  engines: Engines,
  current: Argon2Work | ScryptWork,
  password: string,
): Promise<string> {
  const work = { ...current, salt: randomBytes(current.salt.length) }
  const sum = await derive(engines, composed(password), work)
  if (!sum) throw new Error(`There is nothing here that computes ${work.kind}.`)
  return work.kind === 'argon2' ? writePhcArgon2(work, sum) : writePhcScrypt(work, sum)
}

function requireWhole(options: Readonly<Record<string, number>>, least: number): void {
  for (const [name, value] of Object.entries(options)) {
    if (!Number.isSafeInteger(value) || value < least) {
      throw new TypeError(`passwords.${name} must be a whole number, at least ${least}.`)
    }
  }
}

/** What we could not verify later must not be made now. */
function requirePossible(work: Argon2Work): Argon2Work {
  if (work.memory < 8 * work.parallelism) {
    throw new TypeError('passwords.memory must be at least 8 KiB for each lane of passwords.parallelism.')
  }
  if (!isAffordable(work)) {
    throw new TypeError(
      'passwords.memory is at most 262144 KiB, passwords.passes 10, passwords.parallelism 16.',
    )
  }
  return work
}

function requireLength(minLength: number): void {
  if (minLength < 8) throw new TypeError('passwords.minLength must be at least 8.')
  if (minLength < 15) {
    process.emitWarning(
      `Passwords of ${minLength} characters are safe only beside a second factor. To end this warning, set passwords.minLength to 15.`,
    )
  }
}
