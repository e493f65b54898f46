/** The value below which a share of the values lies. */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (sorted.length - 1) * share
  const below = sorted[Math.floor(at)]
  return below + (sorted[Math.ceil(at)] - below) * (at - Math.floor(at))
}

export const median = (values) => quantile(values, 0.5)

/** Median and spread: what every figure of ours is quoted with. */
export function summary(values) {
  return {
    median: quantile(values, 0.5),
    p10: quantile(values, 0.1),
    p90: quantile(values, 0.9),
    samples: values.length,
  }
}

/** The same of pairs that were measured one right after the other: noise of the machine hits both alike. */
export const summaryOfPairs = (left, right, combine) =>
  summary(left.map((value, at) => combine(value, right[at])))

export function shuffled(list) {
  const mixed = [...list]
  for (let at = mixed.length - 1; at > 0; at--) {
    const other = Math.floor(Math.random() * (at + 1))
    ;[mixed[at], mixed[other]] = [mixed[other], mixed[at]]
  }
  return mixed
}
