import { describe, expect, it } from 'vitest'
import { checkBleed, reachedFrom } from './bleed.mjs'
import { doorFilesOf, manifestOf, packageSources } from './sources.mjs'

const src = 'packages/latchkey/src/'

describe('doors', () => {
  it('do not carry their neighbours along', () => {
    expect(checkBleed(packageSources(), doorFilesOf(manifestOf('packages/latchkey')))).toEqual([])
  })

  it('are seen through: a verifier reaches its own parts', () => {
    const reached = reachedFrom(
      packageSources(),
      doorFilesOf(manifestOf('packages/latchkey')),
      'latchkey',
      'createVerifier',
    )
    expect(reached).toContain(`${src}auth/verifier.ts`)
    expect(reached).toContain(`${src}base/errors.ts`)
    expect(reached).not.toContain(`${src}auth/auth.ts`)
  })

  it('are caught when they do', () => {
    const sources = {
      [`${src}index.ts`]: `export { createVerifier } from './auth/verifier.ts'\nexport { createAuth } from './auth/auth.ts'`,
      [`${src}auth/verifier.ts`]: `import { hash } from './passwords.ts'\nexport const createVerifier = hash`,
      [`${src}auth/auth.ts`]: `import { x } from '../store/sqlite.ts'\nexport const createAuth = x`,
    }
    expect(checkBleed(sources, { latchkey: `${src}index.ts` })).toEqual([
      'createVerifier of latchkey carries auth/passwords.ts along',
    ])
  })
})
