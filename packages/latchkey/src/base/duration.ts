/**
 * A span of time as people write it: seconds as a number, or text with a unit: `'500ms'`, `'30s'`, `'15m'`,
 * `'12h'`, `'30d'`.
 */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

const MILLISECONDS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/**
 * A duration in milliseconds.
 *
 * @param name the option's name, for the message
 * @throws {TypeError} when it is neither a finite number of seconds nor text with a unit
 */
export function millisecondsOf(duration: Duration, name: string): number {
  if (typeof duration === 'number' && Number.isFinite(duration)) return Math.round(duration * 1000)
  const match = /^(-?\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(String(duration))
  if (!match) {
    throw new TypeError(`${name}: expected seconds as a number, or text like '15m' (units: ms, s, m, h, d).`)
  }
  return Math.round(Number(match[1]) * (MILLISECONDS[match[2] as string] as number))
}

/** A duration in whole seconds, rounded down. See {@link millisecondsOf}. */
export function secondsOf(duration: Duration, name: string): number {
  return Math.floor(millisecondsOf(duration, name) / 1000)
}
