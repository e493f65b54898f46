import { unavailable } from './unavailable.ts'

/** Failures in a row that open it. */
const FAILURES = 5
/** How long (ms) it stays open before one caller may try again. */
const PAUSE = 1000

/** Answers at once while a store is known to be down, instead of letting every caller wait for its deadline. */
export interface Breaker {
  /** Runs `work`, whose failure counts when `isFailure` says so. */
  run<T>(work: () => Promise<T>): Promise<T>
}

export function createBreaker(isFailure: (error: unknown) => boolean): Breaker {
  let failures = 0
  let openUntil = 0
  const admit = (): void => {
    if (failures < FAILURES) return
    if (performance.now() < openUntil) throw unavailable('breaker_open')
    // This caller tries; the others wait for what it finds.
    openUntil = performance.now() + PAUSE
  }
  const failed = (): void => {
    failures += 1
    openUntil = performance.now() + PAUSE
  }
  return {
    async run(work) {
      admit()
      try {
        const result = await work()
        failures = 0
        return result
      } catch (error) {
        if (isFailure(error)) failed()
        throw error
      }
    },
  }
}
