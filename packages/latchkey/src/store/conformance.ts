import { adoptionCases } from './conformance/adoption.ts'
import { attemptCases } from './conformance/attempts.ts'
import type { Case } from './conformance/case.ts'
import { eventCases } from './conformance/events.ts'
import { keyCases } from './conformance/keys.ts'
import { revocationCases } from './conformance/revocations.ts'
import { rotationCases } from './conformance/rotation.ts'
import { sessionCases } from './conformance/sessions.ts'
import { signalCases } from './conformance/signal.ts'
import { userCases } from './conformance/users.ts'

export type { Case, MovableClock, Port } from './conformance/case.ts'

/**
 * Every promise of the store's contract as data, races included: any test runner can loop over it, for our backends
 * and for yours. Cases may share a store or have one each; they run one after the other.
 *
 * @example
 * ```ts
 * for (const { port, needs, name, run } of conformance) {
 *   it.skipIf(needs.some((need) => !(need in store)))(`${port}: ${name}`, () => run(store, clock))
 * }
 * ```
 */
export const conformance: readonly Case[] = [
  ...sessionCases,
  ...rotationCases,
  ...adoptionCases,
  ...userCases,
  ...revocationCases,
  ...keyCases,
  ...attemptCases,
  ...eventCases,
  ...signalCases,
]
