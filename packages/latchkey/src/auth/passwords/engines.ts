import * as nodeCrypto from 'node:crypto'
import type { Argon2Work, BcryptWork, Pbkdf2Work, ScryptWork, Work } from './work.ts'

/** Computes one kind of work off the main thread; `null` when it cannot. */
export type Engine<W extends Work> = (input: Uint8Array, work: W) => Promise<Uint8Array | null>

/** What computes each kind of work here. */
export interface Engines {
  readonly argon2: Engine<Argon2Work>
  /** Whether `argon2` can compute; where it cannot, scrypt takes its place for new hashes (P-06). */
  readonly hasArgon2: boolean
  readonly scrypt: Engine<ScryptWork>
  readonly pbkdf2: Engine<Pbkdf2Work>
  readonly bcrypt: Engine<BcryptWork>
}

/** `pooled`: on the thread pool of Node. `blocking`: at once, for a thread that has nothing else to do. */
export type EngineForm = 'pooled' | 'blocking'

/** Where what an engine computes is computed. */
export type Place = <W extends Work>(engine: Engine<W>) => Engine<W>

const here: Place = (engine) => engine

/** Takes the packages that are installed, and Node for the rest. Never refused. */
export async function enginesOf(form: EngineForm, place: Place = here): Promise<Engines> {
  const [native, bcrypt] = await Promise.all([nativeArgon2(form), nativeBcrypt(form)])
  const argon2 = native ?? argon2OfNode(form)
  return {
    argon2: argon2 ? place(argon2) : absent('argon2', '@node-rs/argon2'),
    hasArgon2: argon2 !== null,
    scrypt: place(scryptOf(form)),
    pbkdf2: place(pbkdf2Of(form)),
    bcrypt: bcrypt ? place(bcrypt) : absent('bcrypt', '@node-rs/bcrypt'),
  }
}

export function derive(engines: Engines, input: Uint8Array, work: Work): Promise<Uint8Array | null> {
  switch (work.kind) {
    case 'argon2':
      return engines.argon2(input, work)
    case 'scrypt':
      return engines.scrypt(input, work)
    case 'pbkdf2':
      return engines.pbkdf2(input, work)
    case 'bcrypt':
      return engines.bcrypt(input, work)
  }
}

const VARIANTS = { argon2d: 0, argon2i: 1, argon2id: 2 } as const

async function nativeArgon2(form: EngineForm): Promise<Engine<Argon2Work> | null> {
  const argon2 = await import('#argon2').catch(() => null)
  if (!argon2) return null
  const hash = form === 'pooled' ? argon2.hashRaw : argon2.hashRawSync
  return async (input, { variant, version, memory, passes, parallelism, salt, length }) =>
    hash(input, {
      algorithm: VARIANTS[variant],
      version: version === 16 ? 0 : 1,
      memoryCost: memory,
      timeCost: passes,
      parallelism,
      salt,
      outputLen: length,
    })
}

interface NodeArgon2Parameters {
  readonly message: Uint8Array
  readonly nonce: Uint8Array
  readonly memory: number
  readonly passes: number
  readonly parallelism: number
  readonly tagLength: number
}
interface NodeArgon2 {
  readonly argon2?: (variant: string, parameters: NodeArgon2Parameters, done: Done) => void
  readonly argon2Sync?: (variant: string, parameters: NodeArgon2Parameters) => Uint8Array
}

/** Node has argon2 from 24.7 on, in the version of RFC 9106 only. */
function argon2OfNode(form: EngineForm): Engine<Argon2Work> | null {
  const { argon2, argon2Sync } = nodeCrypto as NodeArgon2
  if (!argon2 || !argon2Sync) return null
  return async (message, { variant, version, salt: nonce, length: tagLength, ...costs }) => {
    if (version !== 19) return null
    const { memory, passes, parallelism } = costs
    const parameters = { message, nonce, memory, passes, parallelism, tagLength }
    if (form === 'blocking') return argon2Sync(variant, parameters)
    return promised((done) => argon2(variant, parameters, done))
  }
}

async function nativeBcrypt(form: EngineForm): Promise<Engine<BcryptWork> | null> {
  const bcrypt = await import('#bcrypt').catch(() => null)
  if (!bcrypt) return null
  const hash = form === 'pooled' ? bcrypt.hash : bcrypt.hashSync
  return async (input, { cost, salt }) => Buffer.from(sumOf(await hash(input, cost, salt)))
}

/** The last 31 of 60 characters; version, cost and salt stand before them. */
function sumOf(bcryptHash: string): string {
  return bcryptHash.slice(-31)
}

function scryptOf(form: EngineForm): Engine<ScryptWork> {
  return async (input, { N, r, p, salt, length }) => {
    // Node's own limit, 32 MiB, is below what most stored hashes ask for; what they may ask was decided before.
    const costs = { N, r, p, maxmem: 128 * r * (N + p + 2) }
    if (form === 'blocking') return nodeCrypto.scryptSync(input, salt, length, costs)
    return promised((done) => nodeCrypto.scrypt(input, salt, length, costs, done))
  }
}

function pbkdf2Of(form: EngineForm): Engine<Pbkdf2Work> {
  return async (input, { digest, rounds, salt, length }) => {
    if (form === 'blocking') return nodeCrypto.pbkdf2Sync(input, salt, rounds, length, digest)
    return promised((done) => nodeCrypto.pbkdf2(input, salt, rounds, length, digest, done))
  }
}

type Done = (error: Error | null, key: Uint8Array) => void

function promised(act: (done: Done) => void): Promise<Uint8Array> {
  return new Promise((resolve, reject) => act((error, key) => (error ? reject(error) : resolve(key))))
}

/**
 * Stands for a package that is not installed. Its hashes match nothing, and the operator is told once: an error of its
 * own would show a stranger which names have such a hash.
 */
export function absent(what: string, name: string): () => Promise<null> {
  let told = false
  return async () => {
    if (!told) process.emitWarning(`A stored ${what} hash cannot be checked. Run: npm install ${name}`)
    told = true
    return null
  }
}
