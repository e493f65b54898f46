import { constants } from 'node:fs'
import { access, open, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

/**
 * Makes sure that the database's file and folder can be written, so that what is wrong is said at the start and
 * with its remedy. A new file is readable by its owner only: it holds password hashes.
 */
export async function prepareFile(path: string): Promise<void> {
  const folder = dirname(resolve(path))
  await requireFolder(folder, path)
  await requireAccess(folder, 'folder', path)
  const exists = await stat(path).catch(() => null)
  if (exists === null) return createEmpty(path)
  if (!exists.isFile())
    throw new Error(`Cannot open the database ${path}: it is not a file. Name a file in it.`)
  await requireAccess(path, 'file', path)
}

async function requireFolder(folder: string, path: string): Promise<void> {
  const found = await stat(folder).catch(() => null)
  if (found?.isDirectory()) return
  throw new Error(
    `Cannot open the database ${path}: the folder ${folder} is missing. Type: mkdir -p '${folder}'`,
  )
}

async function requireAccess(target: string, kind: 'folder' | 'file', path: string): Promise<void> {
  try {
    await access(target, constants.R_OK | constants.W_OK)
  } catch (cause) {
    const user = process.getuid?.()
    const remedy = `chmod u+rw${kind === 'folder' ? 'x' : ''} '${target}'`
    throw new Error(
      `Cannot open the database ${path}: the ${kind} ${target} is not writable by this user` +
        `${user === undefined ? '' : ` (uid ${user})`}. Give it to that user (chown) or type: ${remedy}`,
      { cause },
    )
  }
}

async function createEmpty(path: string): Promise<void> {
  const file = await open(path, 'a', 0o600)
  await file.close()
}
