/** What one check of a password costs: a key derivation with all its parameters, and nothing of the password. */
export type Work = Argon2Work | ScryptWork | Pbkdf2Work | BcryptWork

export interface Argon2Work {
  readonly kind: 'argon2'
  readonly variant: 'argon2d' | 'argon2i' | 'argon2id'
  /** 16 or 19; 19 is the version of RFC 9106. */
  readonly version: number
  /** KiB */
  readonly memory: number
  readonly passes: number
  readonly parallelism: number
  readonly salt: Uint8Array
  /** bytes */
  readonly length: number
}

export interface ScryptWork {
  readonly kind: 'scrypt'
  readonly N: number
  readonly r: number
  readonly p: number
  readonly salt: Uint8Array
  readonly length: number
}

export interface Pbkdf2Work {
  readonly kind: 'pbkdf2'
  readonly digest: string
  readonly rounds: number
  readonly salt: Uint8Array
  readonly length: number
}

export interface BcryptWork {
  readonly kind: 'bcrypt'
  /** The number of rounds is 2 to this power. */
  readonly cost: number
  readonly salt: Uint8Array
}

/** What new hashes are made with by default (P-06). The salt is nobody's: each hash brings its own. */
export const ARGON2ID: Argon2Work = {
  kind: 'argon2',
  variant: 'argon2id',
  version: 19,
  memory: 19_456,
  passes: 2,
  parallelism: 1,
  salt: new Uint8Array(16),
  length: 32,
}

/** What takes its place where argon2 is missing. */
export const SCRYPT: ScryptWork = {
  kind: 'scrypt',
  N: 2 ** 17,
  r: 8,
  p: 1,
  salt: new Uint8Array(16),
  length: 32,
}

/** How one stored hash is checked: these bytes of the password, through this work, must give what is expected. */
export interface Recipe {
  /** `null` when no password like this can have been stored. */
  readonly input: (password: string) => Uint8Array | null
  /** `null` for a bare digest: the input is compared as it is. */
  readonly work: Work | null
  readonly expected: Uint8Array
  /** Whether it reads the password as we store it, so that it may stay as it is. */
  readonly ours: boolean
}

/** UTF-8 of NFC, without trimming or change of case (P-05, RFC 8265 section 4.2). */
export function composed(password: string): Uint8Array {
  return Buffer.from(password.normalize('NFC'))
}

/** As other systems hash it. */
export function asTyped(password: string): Uint8Array {
  return Buffer.from(password)
}

const KIB = 1024
/** Measured against argon2id on the same machine, whose unit is one pass over one KiB: what a unit of the others costs. */
const PER_SCRYPT_KIB = 11
const PER_BCRYPT_ROUND = 230
const PER_PBKDF2_ROUND: Readonly<Record<string, number>> = { sha1: 1.7, sha512: 2, sha384: 2 }

/** What a piece of work costs, roughly, in passes of argon2id over one KiB. */
export function costOf(work: Work): number {
  switch (work.kind) {
    case 'argon2':
      return work.memory * work.passes
    case 'scrypt':
      return ((128 * work.N * work.r * work.p) / KIB) * PER_SCRYPT_KIB
    case 'pbkdf2':
      return work.rounds * (PER_PBKDF2_ROUND[work.digest] ?? 1)
    case 'bcrypt':
      return 2 ** work.cost * PER_BCRYPT_ROUND
  }
}

const MAX_MEMORY_KIB = 256 * KIB
/** Beyond it the same rounds are done again for every further piece. */
const DIGEST_BYTES: Readonly<Record<string, number>> = {
  md5: 16,
  sha1: 20,
  sha224: 28,
  sha256: 32,
  sha384: 48,
  sha512: 64,
}

/**
 * Whether a stored hash asks for no more than it may: it is work that somebody else may have chosen, and
 * 4 GiB of argon2 once kept a core busy for 14 seconds (P-06, P-15).
 */
export function isAffordable(work: Work): boolean {
  switch (work.kind) {
    case 'argon2':
      return work.memory <= MAX_MEMORY_KIB && work.passes <= 10 && work.parallelism <= 16 && fits(work, 64)
    case 'scrypt':
      return 128 * work.N * work.r * work.p <= MAX_MEMORY_KIB * KIB && fits(work, 64)
    case 'pbkdf2':
      return work.rounds <= 5_000_000 && fits(work, DIGEST_BYTES[work.digest] ?? 0)
    case 'bcrypt':
      return work.cost >= 4 && work.cost <= 15
  }
}

/** Fewer than 16 bytes would be found by chance one day. */
function fits({ length }: { readonly length: number }, most: number): boolean {
  return length >= 16 && length <= most
}
