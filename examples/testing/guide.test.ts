import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const here = import.meta.dirname
const guide = readFileSync(join(here, '../../docs/guide/testing.md'), 'utf8')
const programs = readdirSync(here).map((file) => readFileSync(join(here, file), 'utf8'))

const flattened = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n')

describe('the guide to testing', () => {
  const blocks = [...guide.matchAll(/```js\n(.*?)```/gs)].map(([, code = '']) => code)

  it.each(blocks.map((block, at) => ({ at, block })))(
    'block $at is a part of a program that runs here',
    ({ block }) => {
      expect(programs.some((program) => flattened(program).includes(flattened(block)))).toBe(true)
    },
  )

  it('has only blocks that run', () => {
    const kinds = new Set([...guide.matchAll(/```(\w+)\n/g)].map(([, kind]) => kind))
    expect([...kinds]).toEqual(['js'])
    expect(blocks.length).toBeGreaterThan(8)
  })
})

it("runs under Node's own test runner, on the built package", async () => {
  // Without what vitest tells its children: the file is on its own, as with its users.
  const { NODE_OPTIONS: _, NODE_ENV: __, NODE_TEST_CONTEXT: ___, ...env } = process.env
  const args = ['--test', '--test-reporter=tap', join(here, 'orders.node-test.mjs')]
  const { stdout } = await promisify(execFile)(process.execPath, args, { env })
  expect(stdout).toMatch(/^# pass 11$/m)
  expect(stdout).toMatch(/^# fail 0$/m)
})
