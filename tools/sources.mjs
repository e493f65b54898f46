import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The root of the repository, with a slash at the end. */
export const root = fileURLToPath(new URL('../', import.meta.url))

/**
 * The TypeScript sources of both packages.
 *
 * @returns {Record<string, string>} path from the root of the repository → text
 */
export function packageSources() {
  const folders = ['packages/latchkey/src', 'packages/server/src']
  return Object.fromEntries(folders.flatMap(filesIn).map((file) => [file, readFileSync(root + file, 'utf8')]))
}

/** @returns {{ name: string, version: string, exports?: object, dependencies?: object, optionalDependencies?: object }} */
export const manifestOf = (folder) => JSON.parse(readFileSync(`${root}${folder}/package.json`, 'utf8'))

/**
 * @param {{ name: string, exports?: Record<string, any> }} manifest
 * @returns {Record<string, string>} name of a door → its source, from the root of the repository
 */
export const doorFilesOf = ({ name, exports = {} }) =>
  Object.fromEntries(
    Object.entries(exports)
      .filter(([, target]) => typeof target === 'object')
      .map(([path, target]) => [
        name + path.slice(1),
        `packages/latchkey/${target['latchkey-source'].slice(2)}`,
      ]),
  )

/** The names by which others import the library. */
export const doorsOf = (manifest) => Object.keys(doorFilesOf(manifest))

function filesIn(folder) {
  return readdirSync(root + folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => `${entry.parentPath.replaceAll('\\', '/')}/${entry.name}`.slice(root.length))
}
