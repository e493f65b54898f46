import { posix } from 'node:path'
import { importsOf } from './imports.mjs'

const LIBRARY = 'packages/latchkey/src/'
const SERVER = 'packages/server/src/'
const FRAMEWORKS = ['express', 'fastify', 'hono', 'koa', '@nestjs/common']

/** What a floor of the library may import by path: other floors, or single files of them. */
export const FLOORS = {
  base: [],
  jwt: ['base'],
  tokens: ['base', 'jwt'],
  store: ['base'],
  auth: ['base', 'jwt', 'tokens', 'store/store.ts'],
  http: ['base', 'auth'],
  adapters: [],
  // Claims that Python wrote have their names as they are spelt, too.
  flask: ['base/json-value.ts'],
  // Time is moved by the same words that options are written in.
  testing: ['base/duration.ts'],
  // Runs in browsers: of the base only what needs no Node.
  client: ['base/clock.ts', 'base/duration.ts', 'base/errors.ts', 'base/known-names.ts', 'http/wire.ts'],
  // The front door gathers what the floors below it offer.
  'index.ts': ['base', 'jwt', 'tokens', 'auth', 'store/store.ts'],
}

/** Floors that use the package as its users do: by name. */
export const BY_NAME = ['adapters', 'flask', 'testing']

/** The one framework whose decorators are made by its own functions; who uses the adapter has it. */
const AT_RUN_TIME = { 'packages/latchkey/src/adapters/nest.ts': '@nestjs/common' }

/** What the library may load at run time: only with `import()`, because it may be absent. `#` as its package.json says. */
export const OPTIONAL = ['#argon2', '#bcrypt', 'libsql']

/**
 * Everything in these sources that breaks the floor table, as sentences. Empty when the house stands.
 *
 * @param {Readonly<Record<string, string>>} sources path from the root of the repository → text
 * @param {{ readonly doors?: readonly string[], readonly serverPackages?: readonly string[] }} [rules]
 *   the names that the library exports, and what the server's package.json declares
 * @returns {string[]}
 */
export function checkFloors(sources, { doors = ['latchkey'], serverPackages = [] } = {}) {
  const faults = []
  for (const [file, source] of Object.entries(sources)) {
    for (const imported of importsOf(source)) {
      const fault = file.startsWith(SERVER)
        ? serverFault(file, imported, doors, serverPackages)
        : libraryFault(file, imported, doors)
      if (fault) faults.push(`${file}: ${fault}`)
    }
  }
  return [...faults, ...cyclesIn(sources)]
}

function libraryFault(file, { specifier, typeOnly, dynamic }, doors) {
  const floor = floorOf(file)
  if (!(floor in FLOORS)) return `lies on no floor; FLOORS names ${Object.keys(FLOORS).join(', ')}`
  if (specifier.startsWith('node:'))
    return floor === 'client' ? `imports ${specifier}; browsers have none` : null
  if (specifier.startsWith('.')) return pathFault(floor, resolve(file, specifier))
  if (/^latchkey(\/|$)/.test(specifier)) {
    if (!BY_NAME.includes(floor)) return `${floor} imports the package by its name (${specifier})`
    return doors.includes(specifier) ? null : `${specifier} is no door of the package`
  }
  const name = packageOf(specifier)
  if (typeOnly && floor === 'adapters' && FRAMEWORKS.includes(name)) return null
  if (AT_RUN_TIME[file] === name) return null
  if (dynamic && OPTIONAL.includes(name)) return null
  return `imports ${specifier}; the library has no dependencies`
}

function pathFault(floor, target) {
  if (!target.startsWith(LIBRARY)) return `reaches out of the package, to ${target}`
  const inside = target.slice(LIBRARY.length)
  const targetFloor = floorOf(target)
  if (targetFloor === floor) return null
  const allowed = FLOORS[floor].some((entry) => entry === targetFloor || entry === inside)
  return allowed ? null : `${floor} must not import ${inside}`
}

function serverFault(file, { specifier }, doors, packages) {
  if (specifier.startsWith('node:')) return null
  if (specifier.startsWith('.')) {
    const target = resolve(file, specifier)
    return target.startsWith(SERVER) || target === 'packages/server/package.json'
      ? null
      : `reaches ${target}; the server uses the library by name`
  }
  if (/^latchkey(\/|$)/.test(specifier))
    return doors.includes(specifier) ? null : `${specifier} is no door of the library`
  return packages.includes(packageOf(specifier))
    ? null
    : `imports ${specifier}, which its package.json does not declare`
}

/** Circles of imports that exist at run time, each once. */
function cyclesIn(sources) {
  const edges = new Map(
    Object.entries(sources).map(([file, source]) => [
      file,
      importsOf(source)
        .filter(({ specifier, typeOnly }) => !typeOnly && specifier.startsWith('.'))
        .map(({ specifier }) => resolve(file, specifier)),
    ]),
  )
  const faults = []
  const done = new Set()
  const walk = (file, path) => {
    if (path.includes(file)) {
      faults.push(`import cycle: ${[...path.slice(path.indexOf(file)), file].join(' → ')}`)
      return
    }
    if (done.has(file)) return
    for (const next of edges.get(file) ?? []) walk(next, [...path, file])
    done.add(file)
  }
  for (const file of edges.keys()) walk(file, [])
  return faults
}

const floorOf = (file) => file.slice(LIBRARY.length).split('/')[0]
const resolve = (file, specifier) => posix.join(posix.dirname(file), specifier)
const packageOf = (specifier) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
