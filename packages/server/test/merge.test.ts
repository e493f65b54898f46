import { expect, it } from 'vitest'
import { merged } from '../src/metrics/merge.ts'

const of = (worker: number, extra = ''): string => `# HELP a_total Requests.
# TYPE a_total counter
a_total{worker="${worker}"} ${worker * 10}
# HELP b Seconds.
# TYPE b histogram
b_bucket{worker="${worker}",le="+Inf"} 1
b_sum{worker="${worker}"} 0.5
b_count{worker="${worker}"} 1
${extra}`

it('the numbers of several workers stand together under one description each', () => {
  expect(
    merged([of(1), of(2, '# HELP c Only here.\n# TYPE c gauge\nc{worker="2"} 3\n')]),
  ).toBe(`# HELP a_total Requests.
# TYPE a_total counter
a_total{worker="1"} 10
a_total{worker="2"} 20

# HELP b Seconds.
# TYPE b histogram
b_bucket{worker="1",le="+Inf"} 1
b_sum{worker="1"} 0.5
b_count{worker="1"} 1
b_bucket{worker="2",le="+Inf"} 1
b_sum{worker="2"} 0.5
b_count{worker="2"} 1

# HELP c Only here.
# TYPE c gauge
c{worker="2"} 3
`)
})

it('nothing from nobody', () => {
  expect(merged([])).toBe('')
})
