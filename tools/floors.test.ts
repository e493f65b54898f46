import { describe, expect, it } from 'vitest'
import { checkFloors } from './floors.mjs'
import { doorsOf, manifestOf, packageSources } from './sources.mjs'

const base = 'packages/latchkey/src/base/errors.ts'
const rules = { doors: ['latchkey', 'latchkey/http'], serverPackages: ['hono'] }

describe('the floor table', () => {
  it('holds for the sources as they are', () => {
    const server = manifestOf('packages/server')
    const serverPackages = Object.keys({ ...server.dependencies, ...server.optionalDependencies })
    const faults = checkFloors(packageSources(), {
      doors: doorsOf(manifestOf('packages/latchkey')),
      serverPackages,
    })
    expect(faults).toEqual([])
  })

  it.each([
    ['an import that goes up', 'jwt/sign.ts', `import { createAuth } from '../auth/auth.ts'`],
    ['a type that comes from above', 'base/errors.ts', `import type { Auth } from '../auth/auth.ts'`],
    ['one neighbour in the other', 'tokens/tokens.ts', `import type { Store } from '../store/store.ts'`],
    ['a backend inside the rules', 'auth/auth.ts', `import { sqliteStore } from '../store/sqlite.ts'`],
    ['a re-export that goes up', 'store/store.ts', `export { sign } from '../jwt/sign.ts'`],
    ['several lines of it', 'jwt/sign.ts', `import {\n  type A,\n  b,\n} from '../http/guard.ts'`],
    ['an adapter that reaches inside', 'adapters/koa.ts', `import { guard } from '../http/guard.ts'`],
    ['a floor below that uses the package by name', 'http/guard.ts', `import { AuthError } from 'latchkey'`],
    ['a door that there is not', 'adapters/koa.ts', `import { x } from 'latchkey/auth/rotation'`],
    ['a package at run time', 'adapters/koa.ts', `import { Context } from 'koa'`],
    ['a type of a package that stays at run time', 'adapters/koa.ts', `import { type Context } from 'koa'`],
    ['a package outside the adapters', 'auth/auth.ts', `import type { Hono } from 'hono'`],
    ['an unknown optional package', 'auth/passwords.ts', `const bcrypt = await import('bcrypt')`],
    ['an optional package that is always loaded', 'store/sqlite.ts', `import Database from 'libsql'`],
    ['a floor that nobody planned', 'utils/misc.ts', `import { randomBytes } from 'node:crypto'`],
  ])('catches %s', (_title, file, source) => {
    expect(checkFloors({ [`packages/latchkey/src/${file}`]: source }, rules)).toHaveLength(1)
  })

  it.each([
    ['reaches into the library', `import { x } from '../../latchkey/src/auth/auth.ts'`],
    ['names what is no door', `import { x } from 'latchkey/dist/auth/auth.js'`],
    ['uses a package that it does not declare', `import express from 'express'`],
  ])('catches a server that %s', (_title, source) => {
    expect(checkFloors({ 'packages/server/src/main.ts': source }, rules)).toHaveLength(1)
  })

  it('lets through what the table allows', () => {
    const sources = {
      'packages/latchkey/src/auth/auth.ts': `import type { Store } from '../store/store.ts'\nimport { sign } from '../jwt/index.ts'`,
      'packages/latchkey/src/auth/hashing.ts': `const argon2 = await import('#argon2')`,
      'packages/latchkey/src/adapters/koa.ts': `import type { Context } from 'koa'\nimport { guard } from 'latchkey/http'`,
      'packages/server/src/main.ts': `import { Hono } from 'hono/tiny'\nimport { createAuth } from 'latchkey'`,
      [base]: `// import { createAuth } from '../auth/auth.ts'\n/**\n * import { x } from '../jwt/sign.ts'\n */`,
    }
    expect(checkFloors(sources, rules)).toEqual([])
  })

  it('catches a circle, unless it consists of types', () => {
    const circle = (word: string) => ({
      'packages/latchkey/src/jwt/a.ts': `import { b } from './b.ts'`,
      'packages/latchkey/src/jwt/b.ts': `import ${word}{ a } from './a.ts'`,
    })
    expect(checkFloors(circle(''))).toEqual([
      'import cycle: packages/latchkey/src/jwt/a.ts → packages/latchkey/src/jwt/b.ts → packages/latchkey/src/jwt/a.ts',
    ])
    expect(checkFloors(circle('type '))).toEqual([])
  })
})
