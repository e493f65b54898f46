import assert from 'node:assert/strict'
import type { Store } from '../store.ts'
import { type Case, casesOf } from './case.ts'

/** Real time: what a network may take. */
const PATIENCE = 2000

const heard = (store: Store): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(false), PATIENCE)
    const onNews = (): void => {
      clearTimeout(timer)
      resolve(true)
    }
    store.signal
      .watch(onNews)
      .then((stop) => store.signal.announce().then(stop))
      .catch(reject)
  })

export const signalCases: readonly Case[] = casesOf('signal', [], {
  'tells a watcher that there is news': async (store) => {
    assert.equal(await heard(store), true)
  },
  'tells every watcher, and none that has stopped': async (store) => {
    const calls = [0, 0]
    const stopFirst = await store.signal.watch(() => {
      calls[0] = (calls[0] ?? 0) + 1
    })
    const stopSecond = await store.signal.watch(() => {
      calls[1] = (calls[1] ?? 0) + 1
    })
    await stopFirst()
    const before = calls[0]
    assert.equal(await heard(store), true)
    await stopSecond()
    assert.equal(calls[0], before)
    assert.ok((calls[1] ?? 0) >= 1)
  },
})
