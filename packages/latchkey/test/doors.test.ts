import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const doors = Object.entries<Record<string, string>>(manifest.exports)
  .filter(([, target]) => typeof target === 'object')
  .map(([path, target]) => ({ door: `latchkey${path.slice(1)}`, file: target['latchkey-source']!.slice(2) }))

describe('a change of what a door exports is a decision', () => {
  it.each(doors)('$door', async ({ file }) => {
    const exported = await import(/* @vite-ignore */ new URL(`../${file}`, import.meta.url).href)
    expect(Object.keys(exported).sort()).toMatchSnapshot()
  })
})
