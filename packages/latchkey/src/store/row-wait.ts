import type { RowRules } from './store.ts'

/** Milliseconds that must pass after the `count`th attempt in a row: L-02. */
export function waitAfter(count: number, { free, wait, longest, most, memory }: RowRules): number {
  if (count >= most) return memory
  if (count < free) return 0
  return Math.min(longest, wait * 2 ** (count - free))
}

/** How often a wait doubles before it is the longest. */
export function doublings({ wait, longest }: RowRules): number {
  return Math.ceil(Math.log2(longest / wait))
}
