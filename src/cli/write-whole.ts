import { randomUUID } from 'node:crypto'
import { link, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/**
 * Write a file, and the folder it is in. Whoever reads the folder meanwhile sees the old file or the new one, never half of one.
 * @throws the file system's error EEXIST when the file is there and is not to be replaced
 */
export async function writeWhole(
  file: string,
  text: string,
  { replace }: { readonly replace: boolean },
): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  const draft = join(dirname(file), `.${randomUUID()}.tmp`)
  try {
    await writeFile(draft, text)
    if (replace) await rename(draft, file)
    else await link(draft, file)
  } finally {
    await rm(draft, { force: true })
  }
}
