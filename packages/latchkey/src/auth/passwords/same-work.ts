import type { Work } from './work.ts'

/** Whether a hash was made with what a new one would be made with. */
export function isSameWork(work: Work | null, current: Work): boolean {
  if (work?.kind === 'argon2' && current.kind === 'argon2') {
    return (
      work.variant === current.variant &&
      work.version === current.version &&
      work.memory === current.memory &&
      work.passes === current.passes &&
      work.parallelism === current.parallelism &&
      isLongEnough(work, current)
    )
  }
  if (work?.kind === 'scrypt' && current.kind === 'scrypt') {
    return work.N === current.N && work.r === current.r && work.p === current.p && isLongEnough(work, current)
  }
  return false
}

interface Lengths {
  readonly salt: Uint8Array
  readonly length: number
}

function isLongEnough(work: Lengths, current: Lengths): boolean {
  return work.salt.length >= current.salt.length && work.length >= current.length
}
