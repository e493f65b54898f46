import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Auth, createAuth } from '../../src/auth/auth.ts'
import { createPasswords } from '../../src/auth/passwords.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { codeOf } from './code-of.ts'
import { hs256, password } from './known.ts'

const SAMPLES = 2000
const WARM = 50
/** Ten thousand hashes on a machine that does nothing else: on demand only. */
const isAsked = process.env['LATCHKEY_TEST_TIER'] === 'l'

const CASES = {
  unknown: { username: 'nobody', password },
  wrong: { username: 'ada', password: 'not the password of hers' },
  disabled: { username: 'bob', password },
  'disabled, wrong': { username: 'bob', password: 'not the password of his' },
  'older, wrong': { username: 'old', password: 'not the password of theirs' },
} as const
type Case = keyof typeof CASES
const names = Object.keys(CASES) as Case[]

describe.runIf(isAsked)('P-08: how long a sign-in takes that is refused', () => {
  const store = memoryStore()
  let auth: Auth
  let times: Record<Case, number[]>

  beforeAll(async () => {
    auth = createAuth({ store, keys: hs256, limits: false })
    await auth.register({ username: 'ada', password })
    await auth.setDisabled((await auth.register({ username: 'bob', password })).id, true)
    const { id } = await auth.register({ username: 'old', password })
    const current = (await store.users.find(id))?.passwordHash ?? ''
    await store.users.upgradeHash(
      id,
      current,
      await createPasswords({ memory: 8192, passes: 2 }).hash(password),
    )
    times = await interleaved(auth)
  }, 900_000)
  afterAll(async () => {
    await auth.close()
    await store.close()
  })

  it.each([
    ['unknown', 'wrong'],
    ['unknown', 'disabled'],
    ['unknown', 'disabled, wrong'],
    ['wrong', 'disabled'],
  ] as const)('P-08: %s and %s cannot be told apart', (one, other) => {
    const medians = median(times[one]) / median(times[other])
    expect(Math.abs(welch(times[one], times[other]))).toBeLessThan(4.5)
    expect(medians).toBeGreaterThan(0.98)
    expect(medians).toBeLessThan(1.02)
  })

  it('P-07, I-78: a user whose hash is older is not much quicker to be refused, nor slower', () => {
    const ratio = median(times['older, wrong']) / median(times.unknown)
    expect(ratio).toBeGreaterThan(0.75)
    expect(ratio).toBeLessThan(1.25)
  })
})

/** One sample of each in turn, in an order that changes: what disturbs the machine disturbs all alike. */
async function interleaved(auth: Auth): Promise<Record<Case, number[]>> {
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Case, number[]>
  for (let round = 0; round < SAMPLES + WARM; round++) {
    for (const name of shuffled(names)) {
      const started = performance.now()
      expect(await codeOf(() => auth.login(CASES[name]))).toBe('invalid_credentials')
      const took = performance.now() - started
      if (round >= WARM) times[name].push(took)
    }
  }
  return times
}

function shuffled<T>(list: readonly T[]): T[] {
  return list
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!
}

/** Welch's t of two samples whose variances may differ. */
function welch(a: readonly number[], b: readonly number[]): number {
  const [one, other] = [moments(a), moments(b)]
  return (one.mean - other.mean) / Math.sqrt(one.variance / a.length + other.variance / b.length)
}

function moments(values: readonly number[]): { readonly mean: number; readonly variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, variance: squares / (values.length - 1) }
}
