// One server in one process, which tells how much processor time it has used.
import { answer } from '../measure/child.mjs'
import { serve } from './servers.mjs'

answer({
  listen: ({ framework, guard, setup }) => serve(framework, guard, setup),
  used() {
    const { user, system } = process.cpuUsage()
    return { microseconds: user + system, rss: process.memoryUsage.rss() }
  },
})
