import { AuthError } from '../base/errors.ts'
import {
  exportJwk,
  exportPem,
  generateKey,
  importPrivateKey,
  importPublicKey,
  type SigningKey,
  type VerifyKey,
} from '../jwt/index.ts'
import type { KeyState, KeyStore, StoredKey } from '../store/store.ts'
import type { KeyRing } from '../tokens/index.ts'
import { newEvent } from './events.ts'
import { type KeyTimes, nextRing, ringWithout } from './key-schedule.ts'
import { seal, unseal } from './sealing.ts'

export interface StoredKeyRing extends KeyRing {
  /** Loads the ring, makes its first key, and does what the schedule asks. */
  tend(): Promise<void>
  /** Promotes the standby now; resolves to the id of the key that signs. */
  rotate(): Promise<string>
  /** Emergency: the key is believed nowhere any more, as fast as the revocation feed reaches. `false` for an unknown one. */
  revoke(kid: string, hold: number): Promise<boolean>
  stop(): void
}

const DAY = 86_400_000
const DEFAULT_TIMES: KeyTimes = {
  announced: 330_000,
  active: 30 * DAY,
  retiring: 900_000,
  refreshOnly: 30 * DAY,
}
/** How often a node looks whether another one changed the ring: well within `announced`. */
const TEND = 30_000
/** An unknown key id is worth one look at the store in this time. */
const COOL_DOWN = 5000
const ROUNDS = 5

interface Loaded {
  readonly signing: SigningKey
  readonly verifying: ReadonlyMap<string, { readonly key: VerifyKey; readonly state: KeyState }>
  readonly published: { readonly keys: readonly object[] }
}

/** Keys that live sealed in the store and follow the schedule of sessions.md section 8. */
export function createStoredKeyRing(
  store: KeyStore,
  sealingSecret: () => Promise<Uint8Array>,
  times: Partial<KeyTimes> = {},
): StoredKeyRing {
  const schedule = { ...DEFAULT_TIMES, ...times }
  let ring: Loaded | null = null
  let looked = Number.NEGATIVE_INFINITY
  let looking: Promise<Loaded> | null = null
  let before: Promise<unknown> = Promise.resolve()

  /** Changes the ring until nobody was faster; `change` answers `null` when nothing is to be done. */
  async function settleNow(change: Change, revoked: Revoked | null): Promise<Loaded> {
    const secret = await sealingSecret()
    for (let round = 0; round < ROUNDS; round++) {
      const { keys, version, now } = await store.list()
      const fresh = await freshKeys(secret, now)
      const next = change(keys, now, fresh)
      if (next === null) return adopt(keys, secret)
      // Under another secret nothing may be changed: what it would seal, those who have the right one cannot open.
      requireOpening(keys, secret)
      const event = newEvent('keys.changed', { data: { revoked: revoked?.kid ?? null } })
      if (await store.replace(version, next, revoked, event)) return adopt(next, secret)
    }
    throw new AuthError('unavailable', 'The key ring is being changed elsewhere.', { retryAfter: 1 })
  }

  /** One after the other: what was read before another change must not be adopted after it. */
  function settle(change: Change, revoked: Revoked | null = null): Promise<Loaded> {
    const settled = before.then(() => settleNow(change, revoked))
    before = settled.catch(() => {})
    return settled
  }

  function adopt(keys: readonly StoredKey[], secret: Uint8Array): Loaded {
    ring = load(keys, secret, ring)
    return ring
  }

  const look = (): Promise<Loaded> => settle((keys, now, fresh) => nextRing(keys, now, schedule, fresh))
  /** One look for all who miss a key at the same time. */
  const lookOnce = (): Promise<Loaded> => {
    looking ??= look().finally(() => {
      looking = null
      looked = performance.now()
    })
    return looking
  }
  const loaded = (): Loaded | Promise<Loaded> => ring ?? lookOnce()
  const timer = setInterval(() => void lookOnce().catch(() => {}), Math.min(TEND, schedule.announced / 4))
  timer.unref()

  return {
    async tend() {
      await look()
    },
    signingKey: () => {
      const now = loaded()
      return now instanceof Promise ? now.then(({ signing }) => signing) : now.signing
    },
    verifyingKeys({ header: { kid }, kind }) {
      // Keys of ours always name themselves, so a token that does not is not ours.
      if (kid === undefined) return []
      const pick = ({ verifying }: Loaded): readonly VerifyKey[] => {
        const found = verifying.get(kid)
        return found && (kind === 'refresh' || kind === null || found.state !== 'refresh_only')
          ? [found.key]
          : []
      }
      const now = loaded()
      if (now instanceof Promise) return now.then(pick)
      if (now.verifying.has(kid) || performance.now() - looked < COOL_DOWN) return pick(now)
      return lookOnce().then(pick)
    },
    jwks: () => {
      const now = loaded()
      return now instanceof Promise ? now.then(({ published }) => published) : now.published
    },
    async rotate() {
      const { signing } = await settle((keys, now, fresh) => nextRing(keys, now, schedule, fresh, true))
      return signing.kid as string
    },
    async revoke(kid, hold) {
      let held = false
      await settle(
        (keys, now, fresh) => {
          held = keys.some((key) => key.kid === kid)
          return held ? ringWithout(kid, keys, now, schedule, fresh) : null
        },
        { kid, hold },
      )
      return held
    },
    stop: () => clearInterval(timer),
  }
}

interface Revoked {
  readonly kid: string
  readonly hold: number
}

type Fresh = (state: 'announced' | 'active') => StoredKey
type Change = (keys: readonly StoredKey[], now: number, fresh: Fresh) => readonly StoredKey[] | null

/** Makes keys ahead, because a change of the ring is one synchronous step. */
async function freshKeys(secret: Uint8Array, now: number): Promise<Fresh> {
  const made = await Promise.all([generateKey('EdDSA'), generateKey('EdDSA')])
  return (state) => {
    const key = made.pop() as SigningKey
    const kid = key.kid as string
    return {
      kid,
      algorithm: key.algorithm,
      state,
      publicJwk: JSON.stringify(exportJwk(key)),
      sealed: seal(exportPem(key), secret, kid),
      createdAt: now,
      since: now,
    }
  }
}

/** @throws {AuthError} `unavailable` with reason `sealing_secret` */
function requireOpening(keys: readonly StoredKey[], secret: Uint8Array): void {
  for (const { kid, sealed } of keys) if (sealed !== null) unseal(sealed, secret, kid)
}

function load(keys: readonly StoredKey[], secret: Uint8Array, before: Loaded | null): Loaded {
  const verifying = new Map(
    keys.map(({ kid, publicJwk, state }) => {
      const key = before?.verifying.get(kid)?.key ?? importPublicKey(JSON.parse(publicJwk), { kid })
      return [kid, { key, state }] as const
    }),
  )
  const active = keys.find(({ state }) => state === 'active')
  if (!active?.sealed) throw new AuthError('unavailable', 'No key can sign.', { reason: 'no_active_key' })
  const published = keys.filter(({ state }) => state !== 'refresh_only')
  return {
    signing: before?.signing.kid === active.kid ? before.signing : open(active, active.sealed, secret),
    verifying,
    published: { keys: published.map(({ publicJwk }) => JSON.parse(publicJwk) as object) },
  }
}

function open({ kid, algorithm }: StoredKey, sealed: string, secret: Uint8Array): SigningKey {
  if (algorithm !== 'EdDSA') throw new AuthError('unavailable', 'A stored key has an unknown algorithm.')
  return importPrivateKey(unseal(sealed, secret, kid), { algorithm, kid })
}

/**
 * Seals the stored private keys anew, when the sealing secret is replaced.
 *
 * @throws {AuthError} `unavailable` when `from` does not open them; nothing is changed then
 */
export async function resealKeys(store: KeyStore, from: Uint8Array, to: Uint8Array): Promise<number> {
  const { keys, version } = await store.list()
  const resealed = keys.map((key) =>
    key.sealed === null ? key : { ...key, sealed: seal(unseal(key.sealed, from, key.kid), to, key.kid) },
  )
  if (!(await store.replace(version, resealed, null, newEvent('keys.resealed')))) {
    throw new AuthError('unavailable', 'The key ring was changed meanwhile. Try again.', { retryAfter: 1 })
  }
  return resealed.length
}
