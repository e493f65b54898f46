import { describe, expect, it } from 'vitest'
import { createGate } from '../../../src/auth/passwords/gate.ts'
import { codeOf } from '../code-of.ts'

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('createGate', () => {
  it('L-08: runs no more at a time than it may, in the order of arrival', async () => {
    const gate = createGate({ concurrency: 2, queue: 100 })
    const order: number[] = []
    let [running, most] = [0, 0]
    const work = (name: number) => async () => {
      order.push(name)
      running++
      most = Math.max(most, running)
      await tick()
      running--
      return name
    }
    const results = await Promise.all(Array.from({ length: 20 }, (_, i) => gate(work(i))))
    expect(results).toEqual([...Array(20).keys()])
    expect(order).toEqual(results)
    expect(most).toBe(2)
  })

  it('L-08: refuses what comes when the queue is full, and says when to try again', async () => {
    const gate = createGate({ concurrency: 1, queue: 2 })
    const running = Array.from({ length: 3 }, () => gate(tick))
    await expect(gate(tick)).rejects.toMatchObject({ code: 'unavailable', details: { retryAfter: 1 } })
    await Promise.all(running)
    expect(await codeOf(() => gate(tick))).toBe('accepted')
  })

  it('says how much runs and how much waits', async () => {
    const gate = createGate({ concurrency: 2, queue: 5 })
    const working = Array.from({ length: 5 }, () => gate(tick))
    expect(gate.load()).toEqual({ running: 2, waiting: 3 })
    await Promise.all(working)
    expect(gate.load()).toEqual({ running: 0, waiting: 0 })
  })

  it('gives the place of work that failed to the next', async () => {
    const gate = createGate({ concurrency: 1, queue: 5 })
    const failed = gate(async () => {
      await tick()
      throw new RangeError('no')
    })
    const next = gate(async () => 'done')
    await expect(failed).rejects.toThrow(RangeError)
    expect(await next).toBe('done')
    expect(await gate(async () => 'again')).toBe('again')
  })
})
