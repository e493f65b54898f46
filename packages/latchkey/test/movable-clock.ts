/** A clock that stands still until it is moved: the one thing that tests fake. */
export interface MovableClock {
  (): number
  advance(milliseconds: number): void
}

export function movableClock(start = 1_800_000_000_000): MovableClock {
  let now = start
  return Object.assign(() => now, {
    advance(milliseconds: number) {
      now += milliseconds
    },
  })
}
