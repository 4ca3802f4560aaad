import { randomUUID } from 'node:crypto'
import { chmod, link, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { interruptible } from './interruptible.ts'

/**
 * Write a file, and the folder it is in. Whoever reads the folder meanwhile sees the old file or the new one, never half of one;
 * Ctrl-C leaves one of the two, and nothing beside it.
 * @throws the file system's error EEXIST when the file is there and is not to be replaced; InterruptedError
 */
export async function writeWhole(
  file: string,
  text: string,
  { replace, mode }: { readonly replace: boolean; readonly mode?: number },
): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  const draft = join(dirname(file), `.${randomUUID()}.tmp`)
  await interruptible(async () => {
    try {
      await writeFile(draft, text).catch((error: Error) => {
        // Nobody has asked for the draft.
        throw Object.assign(error, { path: file })
      })
      if (mode !== undefined) await chmod(draft, mode)
      if (replace) await rename(draft, file)
      else await link(draft, file)
    } finally {
      await rm(draft, { force: true })
    }
  })
}
