import { describe, it } from 'vitest'
import { conformance, type MovableClock } from '../../src/store/conformance.ts'
import type { Store } from '../../src/store/store.ts'

export type Backend = Partial<Store> & Pick<Store, 'close'>

/** A clock that stands still until it is moved. */
export function movableClock(start = 1_800_000_000_000): MovableClock {
  let now = start
  const clock = () => now
  return Object.assign(clock, {
    advance(milliseconds: number) {
      now += milliseconds
    },
  })
}

/** The whole conformance suite over a backend; what it lacks is reported as skipped. */
export function runConformance(
  name: string,
  open: (clock: MovableClock) => Backend | Promise<Backend>,
  ports: readonly (keyof Store)[] | null = null,
): void {
  describe(`${name} keeps the store's promises`, () => {
    for (const { port, needs, name: promise, run } of conformance) {
      const lacks = ports !== null && needs.some((need) => !ports.includes(need))
      it.skipIf(lacks)(`${port}: ${promise}`, async () => {
        const clock = movableClock()
        const store = await open(clock)
        try {
          await run(store as Store, clock)
        } finally {
          await store.close()
        }
      })
    }
  })
}
