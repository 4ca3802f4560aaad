import { digest, rememberCanonical } from '../definition/canonical.ts'
import { readDefinition } from '../definition/definition.ts'
import type { JsonObject } from '../definition/json.ts'
import type { Status } from '../definition/vocabulary.ts'
import { partRows, type ToolColumns, toolColumns, wordsIn } from './projection.ts'
import { type PartCells, partCells } from './store.ts'

/** What follows from a document alone: all of a write that can be done before its transaction. */
export interface PreparedVersion {
  /** Of the version that the document is written as. */
  readonly id: string
  readonly document: JsonObject
  readonly json: string
  readonly digest: string
  readonly name: string
  readonly version: string
  readonly columns: ToolColumns
  readonly words: () => Iterable<string>
  readonly parts: (newId: () => string) => PartCells
}

/** @param known the document's text and digest, where the caller has them */
export function prepareVersion(
  document: JsonObject,
  id: string,
  known?: { readonly json: string; readonly digest: string },
): PreparedVersion {
  const definition = readDefinition(document)
  const columns = toolColumns(definition, definition.status)
  const { search_a, search_b, search_c, search_d } = columns
  return {
    id,
    document,
    json: known?.json ?? JSON.stringify(document),
    digest: known?.digest ?? digest(document),
    name: definition.name,
    version: definition.version,
    columns,
    words: () => wordsIn([search_a, search_b, search_c, search_d].join('\n')),
    parts: (newId) => partCells(partRows(definition, { versionId: id, newId })),
  }
}

/**
 * The same with everything made that the transaction will ask for, and nothing else kept.
 * @param vocabulary words that are kept already: thousands of documents are made of the same few
 */
export function madeReady(
  prepared: PreparedVersion,
  newId: () => string,
  vocabulary: Map<string, string>,
): PreparedVersion {
  // The change set takes a digest of it again.
  rememberCanonical(prepared.document)
  const words = Array.from(prepared.words(), (word) => keptWord(word, vocabulary))
  const parts = prepared.parts(newId)
  return { ...prepared, words: () => words, parts: () => parts }
}

function keptWord(word: string, vocabulary: Map<string, string>): string {
  const kept = vocabulary.get(word)
  if (kept === undefined) vocabulary.set(word, word)
  return kept ?? word
}

/** What a tool shows when it shows this version: under the name that the tool has, and in the state that the version is in. */
export function shownColumns(
  { document, name: own, columns }: PreparedVersion,
  name: string,
  status: Status,
): ToolColumns {
  return own === name ? { ...columns, status } : toolColumns({ ...readDefinition(document), name }, status)
}
