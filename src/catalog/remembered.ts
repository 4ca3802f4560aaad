import type { Reader } from '../db/snapshot.ts'

/**
 * What `work` finds out from the catalog alone, or found out before at the same revision for somebody who sees as much.
 * It is shared: nobody may change it.
 * @param key what distinguishes it from all others
 */
export async function remembered<T extends object | number>(
  reader: Reader,
  key: readonly unknown[],
  work: () => Promise<T>,
): Promise<T> {
  const { memory } = reader
  if (!memory || !reader.open) return work()
  const place = await reader.open()
  const name = `${reader.sees} ${JSON.stringify(key)}`
  const known = memory.find(name, place)
  // Only this function keeps anything under this key.
  if (known !== undefined) return known as T
  const found = await work()
  // Not of the place where it began, when that is another by now.
  if (reader.place === place) memory.keep(name, found, place)
  return found
}
