import { shuffled } from './statistics.mjs'

/** Every contender once a round, in an order that changes: what disturbs the machine disturbs all of them. */
export async function inRounds(count, contenders, measure) {
  for (let round = 0; round < count; round++) {
    for (const contender of shuffled(contenders)) await measure(contender, round)
  }
}
