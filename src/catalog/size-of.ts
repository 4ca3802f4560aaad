/** What V8 takes for an object or an array without its contents, and for a slot in it, in bytes. */
const OBJECT_BYTES = 56
const SLOT_BYTES = 8

/** About how much memory a value takes, in bytes: strings with two bytes for each character, which is the most. */
export function sizeOf(value: unknown): number {
  if (typeof value === 'string') return 24 + 2 * value.length
  if (typeof value !== 'object' || value === null) return SLOT_BYTES
  if (value instanceof Date) return OBJECT_BYTES
  return Object.values(value).reduce<number>((sum, item) => sum + SLOT_BYTES + sizeOf(item), OBJECT_BYTES)
}
