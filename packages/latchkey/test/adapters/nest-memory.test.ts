import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Controller, Get, Inject, Injectable, Scope, UseGuards } from '@nestjs/common'
import { jwtRequired } from 'latchkey/nest'
import { expect, test } from 'vitest'
import { ask } from './client.ts'
import { decorate } from './decorate.ts'
import { platforms, startNest } from './serve-nest.ts'
import { testAuth } from './world.ts'

const { auth } = testAuth()

/** Made for each request, before its guards are asked; where they are after it shows what a refusal keeps. */
class Made {
  static readonly all: WeakRef<Made>[] = []
  readonly weight = new Uint8Array(1000)
  constructor() {
    Made.all.push(new WeakRef(this))
  }
}
Injectable({ scope: Scope.REQUEST })(Made)

class Routes {
  readonly made: Made
  constructor(made: Made) {
    this.made = made
  }
  me(): object {
    return { let: 'in' }
  }
}
decorate(Routes, { me: { method: [Get('me'), UseGuards(jwtRequired(auth))] } })
Inject(Made)(Routes, undefined, 0)
Controller()(Routes)

const collect = async (): Promise<void> => {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  for (let turn = 0; turn < 5; turn++) {
    await new Promise((resolve) => setImmediate(resolve))
    gc()
  }
}

test.each(Object.entries(platforms))(
  'NestJS on %s: what was made for a refused request goes with it',
  async (_platform, adapterOf) => {
    const module = { controllers: [Routes], providers: [Made] }
    await using served = await startNest({ adapter: adapterOf() }, module)
    Made.all.length = 0
    for (let count = 0; count < 100; count++) expect((await ask(`${served.url}/me`)).status).toBe(401)
    await collect()
    expect(Made.all).toHaveLength(100)
    // The last requests are still held by their connection.
    expect(Made.all.filter((one) => one.deref() !== undefined).length).toBeLessThan(10)
  },
)
