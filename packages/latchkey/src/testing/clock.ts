import { AsyncLocalStorage } from 'node:async_hooks'
import type { Clock, Duration } from 'latchkey'
import { millisecondsOf } from '../base/duration.ts'

/** A clock that stands still until it is moved. */
export interface MovableClock extends Clock {
  /**
   * Moves it forward, for everybody who reads it.
   *
   * @throws {TypeError} for a duration that is none, or negative: time that goes back is no time that anything is made for
   */
  advance(by: Duration): void
  /** Makes a call that finds itself so long ago, whatever it awaits; everybody else stays in the present. */
  ago<T>(by: Duration, call: () => T): T
}

/** @param start milliseconds since the epoch. Default: the present second, so that what goes by the real time agrees. */
export function movableClock(start: number = Math.floor(Date.now() / 1000) * 1000): MovableClock {
  const behind = new AsyncLocalStorage<number>()
  let now = start
  return Object.assign(() => now - (behind.getStore() ?? 0), {
    advance(by: Duration) {
      now += forward(by, 'advance')
    },
    ago: <T>(by: Duration, call: () => T): T => behind.run(forward(by, 'ago'), call),
  })
}

function forward(by: Duration, name: string): number {
  const milliseconds = millisecondsOf(by, name)
  if (milliseconds >= 0) return milliseconds
  throw new TypeError(`${name}: expected a duration that is not negative.`)
}
